/**
 * Any API that calls back, described in configuration instead of code: how to read its callbacks, where to ask, where the
 * output will be. It submits nothing: the application calls the API and tells Becket.
 */
import type { Provider } from '../provider.ts'
import { findArtifact } from './artifact.ts'
import { checkStatus } from './check.ts'
import { type HttpOptions, httpOptions, originsOf } from './options.ts'
import { readCallback, readEventId } from './read.ts'

export const httpProvider: Provider<HttpOptions> = {
  name: 'http',
  options: httpOptions,
  operations: {
    // An API that nobody here knows: the first users' five minutes and a day, and no submit that could be repeated.
    '*': { expectWithinMs: 5 * 60_000, deadlineMs: 24 * 60 * 60_000, resubmit: 'never' },
  },
  credentials(apiKey, { keyHeader }) {
    const isBearer = keyHeader.toLowerCase() === 'authorization'
    return { header: keyHeader, value: isBearer ? `Bearer ${apiKey}` : apiKey }
  },
  origins: originsOf,
  create({ options, outbound }) {
    const { read, check, artifact } = options
    return {
      read: (callback) => readCallback(callback, read),
      eventId: (callback) => readEventId(callback, read.eventId),
      ...(check && { check: (expected, signal) => checkStatus(outbound, check, expected, signal) }),
      artifact: (expected, signal) => findArtifact(outbound, artifact, expected, signal),
    }
  },
}
