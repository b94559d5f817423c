/** The NCA Toolkit (no-code-architects-toolkit), on a server of one's own: media in, FFmpeg's work out. Spoken to over HTTP only. */
import { pingKey } from '../ping.ts'
import type { Provider } from '../provider.ts'
import { operationNames } from './operations.ts'
import { type NcaOptions, ncaOptions, unauthorizedAdvice } from './options.ts'
import { readCallback } from './read.ts'
import { createRecovery } from './recover.ts'
import { submitWork } from './submit.ts'

const MINUTE = 60_000

// Of the first users' jobs half took 14 s and nine in ten 2.5 min; the slowest waited 27 min and took 44. A repeat costs
// another rendering, so it is asked for.
const defaults = { expectWithinMs: 5 * MINUTE, deadlineMs: 24 * 60 * MINUTE, resubmit: 'ask' as const }

export const ncaToolkit: Provider<NcaOptions> = {
  name: 'nca-toolkit',
  options: ncaOptions,
  operations: Object.fromEntries(operationNames.map((name) => [name, defaults])),
  credentials: (apiKey) => ({ header: 'X-API-Key', value: apiKey }),
  origins: ({ artifactBase }) => (artifactBase === undefined ? [] : [new URL(artifactBase).origin]),
  sample: ({ externalId }) => ({
    endpoint: '/v1/ffmpeg/compose',
    code: 200,
    id: externalId,
    job_id: externalId,
    response: [{ file_url: `https://files.example.org/${externalId}_output_0.mp4` }],
    message: 'success',
  }),
  create({ options, outbound }) {
    return {
      submit: (request, signal) => submitWork(outbound, options, request, signal),
      read: readCallback,
      ping: (signal) => pingKey(outbound, { path: '/v1/toolkit/authenticate', advice: unauthorizedAdvice }, signal),
      ...createRecovery(outbound, options),
    }
  },
}
