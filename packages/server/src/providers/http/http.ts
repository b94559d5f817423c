/**
 * Any API that calls back, described in configuration instead of code: how work is handed in, how to read its callbacks,
 * where to ask, where the output will be. Without `submit` the application calls the API and tells Becket.
 */
import type { Provider } from '../provider.ts'
import { findArtifact, findArtifactBefore } from './artifact.ts'
import { checkStatus } from './check.ts'
import { type HttpOptions, httpOptions, originsOf } from './options.ts'
import { readCallback, readEventId } from './read.ts'
import { sampleOf } from './sample.ts'
import { submitWork } from './submit.ts'

export const httpProvider: Provider<HttpOptions> = {
  name: 'http',
  options: httpOptions,
  operations: {
    // An API that nobody here knows: the first users' five minutes and a day. That its work may be handed in twice is its
    // owner's to say.
    '*': { expectWithinMs: 5 * 60_000, deadlineMs: 24 * 60 * 60_000, resubmit: 'ask' },
  },
  credentials(apiKey, { keyHeader }) {
    const isBearer = keyHeader.toLowerCase() === 'authorization'
    return { header: keyHeader, value: isBearer ? `Bearer ${apiKey}` : apiKey }
  },
  origins: originsOf,
  sample: ({ externalId, deliveryId }, { read }) => sampleOf(read, { externalId, deliveryId }),
  create({ options, outbound }) {
    const { read, submit, submits, check, artifact } = options
    const submitOf = (operation: string) => (Object.hasOwn(submits, operation) ? submits[operation] : submit)
    const canSubmit = submit !== undefined || Object.keys(submits).length > 0
    return {
      ...(canSubmit && {
        submit: (request, signal) => submitWork(outbound, submitOf(request.operation), request, signal),
      }),
      read: (callback) => readCallback(callback, read),
      eventId: (callback) => readEventId(callback, read.eventId),
      ...(check && { check: (expected, signal) => checkStatus(outbound, check, expected, signal) }),
      artifact: (expected, signal) => findArtifact(outbound, artifact, expected, signal),
      artifactBefore: (expected, signal) => findArtifactBefore(outbound, artifact, expected, signal),
    }
  },
}
