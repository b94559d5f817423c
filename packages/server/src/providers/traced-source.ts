/** Has every request that a provider's code makes recorded for the expectation that it is made for. Changes nothing else. */
import { forSubject } from '../outbound/subject.ts'
import type { ProviderSource } from './provider.ts'

export function traceSource(source: ProviderSource): ProviderSource {
  const { submit, eventId, find, check, list, artifact, artifactBefore, collect, ping } = source
  return {
    ...source,
    // By its own object: a user's provider may be a class.
    read: (callback) => source.read(callback),
    ...(eventId && { eventId: (callback) => eventId.call(source, callback) }),
    ...(submit && {
      submit: (request, signal) => forSubject(request.clientId, () => submit.call(source, request, signal)),
    }),
    ...(find && { find: (expected, signal) => forSubject(expected.id, () => find.call(source, expected, signal)) }),
    ...(check && { check: (expected, signal) => forSubject(expected.id, () => check.call(source, expected, signal)) }),
    // It is about many: none of them has made the request.
    ...(list && { list: (expected, signal) => list.call(source, expected, signal) }),
    ...(artifact && {
      artifact: (expected, signal) => forSubject(expected.id, () => artifact.call(source, expected, signal)),
    }),
    ...(artifactBefore && {
      artifactBefore: (expected, signal) =>
        forSubject(expected.id, () => artifactBefore.call(source, expected, signal)),
    }),
    ...(collect && {
      collect: (expected, output, signal) =>
        forSubject(expected.id, () => collect.call(source, expected, output, signal)),
    }),
    ...(ping && { ping: (signal) => ping.call(source, signal) }),
  }
}
