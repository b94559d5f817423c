/** Has every request that a provider's code makes recorded for the expectation that it is made for. Changes nothing else. */
import { signalFor } from '../outbound/subject.ts'
import type { ProviderSource } from './provider.ts'

export function traceSource(source: ProviderSource): ProviderSource {
  const { submit, eventId, find, check, list, artifact, artifactBefore, collect, ping } = source
  return {
    ...source,
    // By its own object: a user's provider may be a class.
    read: (callback) => source.read(callback),
    ...(eventId && { eventId: (callback) => eventId.call(source, callback) }),
    ...(submit && {
      submit: (request, signal) => submit.call(source, request, signalFor(request.clientId, signal)),
    }),
    ...(find && { find: (expected, signal) => find.call(source, expected, signalFor(expected.id, signal)) }),
    ...(check && { check: (expected, signal) => check.call(source, expected, signalFor(expected.id, signal)) }),
    // It is about many: none of them has made the request.
    ...(list && { list: (expected, signal) => list.call(source, expected, signal) }),
    ...(artifact && {
      artifact: (expected, signal) => artifact.call(source, expected, signalFor(expected.id, signal)),
    }),
    ...(artifactBefore && {
      artifactBefore: (expected, signal) => artifactBefore.call(source, expected, signalFor(expected.id, signal)),
    }),
    ...(collect && {
      collect: (expected, output, signal) => collect.call(source, expected, output, signalFor(expected.id, signal)),
    }),
    ...(ping && { ping: (signal) => ping.call(source, signal) }),
  }
}
