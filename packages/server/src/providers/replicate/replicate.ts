/**
 * Replicate: a model run is a prediction, named by the id that Replicate gives it; there is no look-up by an id of ours. Its
 * operations are named by whoever uses it, since each model takes its own time.
 */
import { z } from 'zod'
import { option } from '../../config/option.ts'
import { text } from '../../config/scalar.ts'
import { pingKey } from '../ping.ts'
import type { Provider } from '../provider.ts'
import { readCallback, readEventId } from './prediction.ts'
import { advice, checkPrediction, submitPrediction } from './requests.ts'

const ROUTE = /^\/[^\s?#]+$/

const replicateOptions = z.strictObject({
  route: option(text('a path such as /v1/predictions', (path) => ROUTE.test(path)).prefault('/v1/predictions'), {
    description: 'Where predictions are handed in: the path of a deployment, if you have one.',
  }),
  webhookSecret: option(text('a secret').optional(), {
    description: 'The signing key of the account, `whsec_…`; callbacks then have to be signed with it.',
    secret: true,
  }),
})

type ReplicateOptions = z.output<typeof replicateOptions>

const MINUTE = 60_000

export const replicate: Provider<ReplicateOptions> = {
  name: 'replicate',
  options: replicateOptions,
  operations: {
    // Seconds for a warm model, minutes for a cold or a large one. A repeat is paid for again, so it is asked for.
    '*': { expectWithinMs: 5 * MINUTE, deadlineMs: 24 * 60 * MINUTE, resubmit: 'ask' },
  },
  baseUrl: () => 'https://api.replicate.com',
  verify: ({ webhookSecret }) => (webhookSecret === undefined ? null : { scheme: 'replicate', secret: webhookSecret }),
  sample: ({ externalId, atMs }) => ({
    id: externalId,
    status: 'succeeded',
    output: [`https://files.example.org/${externalId}.png`],
    error: null,
    completed_at: new Date(atMs).toISOString(),
  }),
  create({ options, outbound }) {
    return {
      submit: (request, signal) => submitPrediction(outbound, options.route, request, signal),
      read: readCallback,
      eventId: readEventId,
      check: (expected, signal) => checkPrediction(outbound, expected, signal),
      ping: (signal) => pingKey(outbound, { path: '/v1/account', advice }, signal),
    }
  },
}
