/** The words by which results end, and what each becomes in a select field. Pure; makes no word up. */
import { documentStatuses, type Result, type ResultType, videoStatuses } from '@becket/client/contract'

/** Each result is one of these at least. */
export const statusGroups = ['completed', 'failed'] as const
type StatusGroup = (typeof statusGroups)[number]

const groups: Readonly<Record<ResultType, StatusGroup>> = {
  'job.done': 'completed',
  'job.deadletter': 'failed',
  'job.cancelled': 'failed',
  'expectation.succeeded': 'completed',
  'expectation.failed': 'failed',
  'expectation.cancelled': 'failed',
  'expectation.expired': 'failed',
}

// Where something only passes through is no end, and never written.
const passing: ReadonlySet<string> = new Set([
  'uploaded',
  'parse_queued',
  'parsed',
  'parse_validated',
  'chunking',
  'chunks_stored',
  'embedding_queued',
  'embedding_in_progress',
  'embeddings_stored',
  'pending',
  'processing',
])

const ends = [...videoStatuses, ...documentStatuses, 'succeeded', 'expired', 'done', 'deadletter']

/** What may be mapped. */
export const statusWords: readonly string[] = [...new Set([...statusGroups, ...ends])].filter(
  (word) => !passing.has(word),
)

/** The exact word where it is mapped, else the word of its group. */
export function statusOf({ type, status, state }: Result, statuses: Readonly<Record<string, string>>): string | null {
  for (const word of [status, state, groups[type]]) {
    if (word !== null && Object.hasOwn(statuses, word)) return statuses[word] ?? null
  }
  return null
}
