/** Every word in which LlamaParse, its older versions and its relatives say how a job stands. */

export type Standing = 'succeeded' | 'partial' | 'failed' | 'cancelled' | 'progress'

const words: Readonly<Record<string, Standing>> = {
  COMPLETED: 'succeeded',
  COMPLETE: 'succeeded',
  SUCCESS: 'succeeded',
  SUCCEEDED: 'succeeded',
  SUCCESSFUL: 'succeeded',
  OK: 'succeeded',
  DONE: 'succeeded',
  FINISHED: 'succeeded',
  READY: 'succeeded',
  PARTIAL_SUCCESS: 'partial',
  PARTIALLY_SUCCEEDED: 'partial',
  ERROR: 'failed',
  FAILED: 'failed',
  FAILURE: 'failed',
  CANCELLED: 'cancelled',
  CANCELED: 'cancelled',
  PENDING: 'progress',
  QUEUED: 'progress',
  SUBMITTED: 'progress',
  STARTED: 'progress',
  RUNNING: 'progress',
  PROCESSING: 'progress',
  IN_PROGRESS: 'progress',
}

/** Null for a word that nobody has met: it is never taken for a failure, and never for a success. */
export function readStanding(word: string): Standing | null {
  const key = word
    .trim()
    .toUpperCase()
    .replace(/[\s-]+/g, '_')
  return Object.hasOwn(words, key) ? (words[key] ?? null) : null
}

/** `parse.success` and the like; null for the events of other products and for unknown ones. */
export function readEventStanding(event: string): Standing | null {
  const match = /^(?:parse\.)?([a-z_ -]+)$/i.exec(event.trim())
  return match?.[1] === undefined ? null : readStanding(match[1])
}
