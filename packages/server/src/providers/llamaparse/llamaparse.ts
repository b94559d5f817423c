/** LlamaParse (LlamaCloud), API v1 and v2: documents in, Markdown out. It has no look-up by an id of ours. */
import { pingKey } from '../ping.ts'
import type { Provider } from '../provider.ts'
import { baseUrlOf, type LlamaParseOptions, llamaParseOptions, unauthorizedAdvice } from './options.ts'
import { readCallback, readEventId } from './read.ts'
import { createRecovery } from './recover.ts'
import { submitDocument } from './submit.ts'

export const llamaParse: Provider<LlamaParseOptions> = {
  name: 'llamaparse',
  options: llamaParseOptions,
  operations: {
    // Minutes for most documents; a day covers a queue at the provider, before its results are deleted after two.
    parse: { expectWithinMs: 5 * 60_000, deadlineMs: 24 * 60 * 60_000, resubmit: 'safe' },
  },
  baseUrl: baseUrlOf,
  verify: ({ webhookSecret }) =>
    webhookSecret === undefined
      ? null
      : { scheme: 'hmac-sha256', secret: webhookSecret, header: 'LC-Signature', encoding: 'hex', prefix: 'sha256=' },
  sample: ({ externalId, deliveryId, atMs }) => ({
    event_id: deliveryId,
    event_type: 'parse.success',
    timestamp: atMs / 1000,
    data: { id: externalId, job_id: externalId, status: 'COMPLETED', markdown: '# A sample\n\nNobody parsed it.' },
  }),
  create({ options, outbound }) {
    return {
      submit: (request, signal) => submitDocument(outbound, options, request, signal),
      read: readCallback,
      eventId: readEventId,
      ping: (signal) => pingKey(outbound, { path: '/api/v1/projects', advice: unauthorizedAdvice }, signal),
      ...createRecovery(outbound, options),
    }
  },
}
