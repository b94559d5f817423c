/**
 * From what the storage saw to what its readers met. An access error is a read that somebody made because it was said
 * that the object is there, and that did not get it. A read that finds out whether it is there, before anything is said,
 * and gets nothing, is counted apart: it is a wait.
 */
import type { Entry } from '@becket/rehearsal'

export interface PathReads {
  accessErrors: number
  /** Reads that found nothing while nothing was said yet. */
  waits: number
}

/**
 * By path. `isProvenFirst`: whether whoever stores at this path reads it back before saying that it is there; then what
 * is said begins with the first read that gets the object.
 */
export function judgeReads(
  entries: readonly Entry<'object'>[],
  isProvenFirst: (path: string) => boolean,
): Map<string, PathReads> {
  const reads = new Map<string, PathReads>()
  const proven = new Set<string>()
  for (const { operation, path, outcome } of entries) {
    if (operation === 'put' || operation === 'delete') continue
    const known = reads.get(path) ?? { accessErrors: 0, waits: 0 }
    reads.set(path, known)
    if (outcome === 'done') proven.add(path)
    else if (isProvenFirst(path) && !proven.has(path)) known.waits += 1
    else known.accessErrors += 1
  }
  return reads
}
