/**
 * Results as signed webhooks, by Standard Webhooks: the body is the result, and `webhook-id` is the delivery's id, the
 * same at every try. Keeps no schedule itself: it says when, and the outbox waits.
 */
import { recordedUrl } from '../../outbound/recorded-url.ts'
import { isWanted, skipped } from '../result-types.ts'
import type { SinkKind } from '../sink.ts'
import { readAnswer } from './answer.ts'
import { type WebhookOptions, webhookOptions } from './options.ts'
import { signDelivery } from './signature.ts'

// 32 MiB: an endpoint that answers with more is no endpoint for webhooks.
const MAX_ANSWER_BYTES = 32 * 1024 * 1024
// Shorter values are words such as `v1`: they hide nothing, and taking them out would spoil what is said.
const SECRET_LENGTH = 6

export const webhookSink: SinkKind<WebhookOptions> = {
  name: 'webhook',
  options: webhookOptions,
  destination: ({ url }) => recordedUrl(url),
  origins: ({ url }) => [new URL(url).origin],
  batchSize: 1,
  retryMs: ({ retry }) => retry,
  create({ id: sink, options, tools }) {
    const { url, timeout, headers, retry } = options
    const secrets = [...options.secret, ...Object.values(headers)].filter((text) => text.length >= SECRET_LENGTH)

    return {
      async deliver(batch, signal) {
        return Promise.all(
          batch.map(async ({ id, attempts, result }) => {
            if (!isWanted(result, options)) return skipped
            const body = Buffer.from(JSON.stringify(result), 'utf8')
            const request = {
              operation: 'deliver',
              method: 'POST' as const,
              url,
              headers: {
                ...headers,
                'content-type': 'application/json',
                ...signDelivery({ id, atMs: tools.now(), body }, options.secret),
              },
              body,
              deadlineMs: timeout,
              maxBytes: MAX_ANSWER_BYTES,
              authenticated: false,
              signal,
            }
            // A success is heard to its end and not kept: what matters is that it was said.
            const answer = await tools.outbound.download(request, () => {})
            return readAnswer(answer, { sink, waitMs: retry[attempts] ?? 0, secrets })
          }),
        )
      },
    }
  },
}
