/**
 * OpenAI, or any server that speaks its API: embeddings, answered at once; responses in the background and batches, whose
 * ends it tells by webhooks that are set up per project, not per request. Batches are handed in by the application.
 */
import type { OutboundAnswer } from '../../outbound/outbound.ts'
import { pingKey } from '../ping.ts'
import type { Provider } from '../provider.ts'
import { readErrorBody } from '../provider-error.ts'
import { embed } from './embed.ts'
import { type OpenAiOptions, openAiOptions, unauthorizedAdvice } from './options.ts'
import { readEvent, readEventId } from './read.ts'
import { createRecovery } from './recover.ts'
import { respond } from './respond.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export const openAi: Provider<OpenAiOptions> = {
  name: 'openai',
  options: openAiOptions,
  operations: {
    // The answer is the outcome; an hour lets a rate limit pass.
    embed: { expectWithinMs: MINUTE, deadlineMs: HOUR, resubmit: 'safe' },
    // Minutes, for the longest research half an hour. A repeat is paid for again, so it is asked for.
    response: { expectWithinMs: 10 * MINUTE, deadlineMs: 24 * HOUR, resubmit: 'ask' },
    // Its window is 24 hours; then come the rest of the work and the files. Only the application has what was handed in.
    batch: { expectWithinMs: 6 * HOUR, deadlineMs: 36 * HOUR, resubmit: 'never' },
  },
  baseUrl: () => 'https://api.openai.com',
  verify: ({ webhookSecret }) => (webhookSecret === undefined ? null : { scheme: 'openai', secret: webhookSecret }),
  sample: ({ operation, externalId, deliveryId, atMs }) => ({
    id: deliveryId,
    object: 'event',
    created_at: Math.floor(atMs / 1000),
    type: operation === 'batch' ? 'batch.completed' : 'response.completed',
    data: { id: externalId },
  }),
  create({ outbound }) {
    return {
      submit: (request, signal) =>
        request.operation === 'response' ? respond(outbound, request, signal) : embed(outbound, request, signal),
      read: readEvent,
      eventId: readEventId,
      ping: (signal) => pingKey(outbound, { path: '/v1/models', advice: unauthorizedAdvice, isKnownKey }, signal),
      ...createRecovery(outbound),
    }
  },
}

/** A key that was made for certain uses: the list of models is none of them. */
function isKnownKey(answer: OutboundAnswer): boolean {
  if (answer.kind !== 'answer' || answer.status !== 403) return false
  return /missing scopes|insufficient permissions/i.test(readErrorBody(answer.body).message ?? '')
}
