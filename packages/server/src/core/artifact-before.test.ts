import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { type ArtifactBefore, ageOfArtifact, type FileMarks } from './artifact-before.ts'

const submittedMs = Date.UTC(2026, 10, 22, 12)
const timesOf = ({ lastModified }: FileMarks) => ({
  modifiedMs: lastModified === null || lastModified === 'soon' ? null : Date.parse(lastModified),
  submittedMs,
})
const old = 'Sun, 22 Nov 2026 11:00:00 GMT'
const fresh = 'Sun, 22 Nov 2026 12:00:30 GMT'
const file = (marks: Partial<FileMarks>): FileMarks => ({ bytes: 7, etag: null, lastModified: null, ...marks })
const present = (marks: Partial<FileMarks>): ArtifactBefore => ({ kind: 'present', ...file(marks) })

describe('a file is', () => {
  it.each<[string, FileMarks, ArtifactBefore | null, string]>([
    ['new where nothing lay', file({}), { kind: 'absent' }, 'new'],
    ['new where nothing lay, whatever its date', file({ lastModified: old }), { kind: 'absent' }, 'new'],
    ['old with the tag it had', file({ etag: '"a"', lastModified: fresh }), present({ etag: '"a"' }), 'old'],
    ['new with another tag', file({ etag: '"b"', lastModified: old }), present({ etag: '"a"' }), 'new'],
    ['old with its size and date', file({ lastModified: fresh }), present({ lastModified: fresh }), 'old'],
    ['new with another date', file({ lastModified: fresh }), present({ lastModified: old }), 'new'],
    ['new with another size', file({ bytes: 8 }), present({}), 'new'],
    ['untold with its size alone', file({}), present({}), 'untold'],
    ['new by its date where nobody could look', file({ lastModified: fresh }), { kind: 'unknown' }, 'new'],
    ['old by its date where nobody looked', file({ lastModified: old }), null, 'old'],
    ['untold without a date where nobody looked', file({ etag: '"a"' }), null, 'untold'],
    ['untold with a date that is none', file({ lastModified: 'soon' }), null, 'untold'],
  ])('%s', (_name, now, before, age) => {
    expect(ageOfArtifact(now, before, timesOf(now))).toBe(age)
  })
})

test('what lay there before and was not touched is never new', () => {
  const marks = fc.record({
    bytes: fc.option(fc.nat()),
    etag: fc.option(fc.string({ minLength: 1 })),
    lastModified: fc.option(fc.constant(old)),
  })
  fc.assert(
    fc.property(marks, (seen) => {
      expect(ageOfArtifact(seen, { kind: 'present', ...seen }, timesOf(seen))).not.toBe('new')
    }),
  )
})
