/**
 * Whether a file is what was made since, judged by what lay there before. A name that repeats leads to the output of earlier
 * work until the new one is there. Looks nowhere itself.
 */

/** What can be told of a file without reading it. */
export interface FileMarks {
  /** Null: not said. */
  bytes: number | null
  etag: string | null
  lastModified: string | null
}

/** `unknown`: it was looked for, and nobody could say. */
export type ArtifactBefore = { kind: 'absent' } | ({ kind: 'present' } & FileMarks) | { kind: 'unknown' }

export type ArtifactAge = 'new' | 'old' | 'untold'

// 60 s: two clocks, and a date without milliseconds.
const CLOCK_SKEW_MS = 60_000

/** In milliseconds since 1970; `modified` null where the file's storage does not say, or says nothing readable. */
export interface ArtifactTimes {
  modifiedMs: number | null
  submittedMs: number
}

/** `before` null: nobody looked. */
export function ageOfArtifact(
  file: FileMarks,
  before: ArtifactBefore | null,
  { modifiedMs, submittedMs }: ArtifactTimes,
): ArtifactAge {
  if (before?.kind === 'absent') return 'new'
  if (before?.kind === 'present') {
    if (file.etag !== null && before.etag !== null) return file.etag === before.etag ? 'old' : 'new'
    if (differ(file.bytes, before.bytes) || differ(file.lastModified, before.lastModified)) return 'new'
    if (file.bytes !== null && before.bytes !== null && file.lastModified !== null && before.lastModified !== null) {
      return 'old'
    }
  }
  if (modifiedMs === null) return 'untold'
  return modifiedMs < submittedMs - CLOCK_SKEW_MS ? 'old' : 'new'
}

function differ<Mark>(now: Mark | null, then: Mark | null): boolean {
  return now !== null && then !== null && now !== then
}
