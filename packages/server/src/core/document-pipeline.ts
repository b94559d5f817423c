/** The document pipeline's stages, and its statuses as the first users know them: all derived from stage and state. */
import { type DocumentStatus, documentStatuses } from '@becket/client/contract'
import type { JobStanding, PipelineShape } from './pipeline.ts'

const progress: Record<DocumentStatus, number> = {
  uploaded: 10,
  parse_queued: 25,
  parsed: 35,
  parse_validated: 45,
  chunking: 50,
  chunks_stored: 60,
  embedding_queued: 70,
  embedding_in_progress: 80,
  embeddings_stored: 95,
  complete: 100,
  duplicate: 100,
  failed_parse: 100,
  failed_chunking: 100,
  failed_embedding: 100,
  cancelled: 100,
}

export const documentPipeline = {
  name: 'document',
  stages: [
    { name: 'parse', kind: 'provider', failure: { failed: 'PARSE_FAILED', expired: 'PARSE_TIMED_OUT' } },
    { name: 'validate', kind: 'local', retryFrom: 'parse' },
    { name: 'chunk', kind: 'local' },
    {
      name: 'embed',
      kind: 'provider',
      onSuccess: 'again',
      failure: { failed: 'EMBEDDING_FAILED', expired: 'EMBEDDING_FAILED', exact: ['EMBEDDING_INVALID'] },
    },
    { name: 'store', kind: 'local', retryFrom: 'embed' },
  ],
  statusOf: documentStatusOf,
  progressOf: (status: string) => progress[documentStatuses.find((known) => known === status) ?? 'uploaded'],
} satisfies PipelineShape

export function documentStatusOf(standing: JobStanding): DocumentStatus {
  if (standing.state === 'done') return 'complete'
  if (standing.state === 'cancelled') return 'cancelled'
  const isDead = standing.state === 'deadletter'
  switch (standing.stage) {
    case 'parse':
      if (isDead) return 'failed_parse'
      return standing.state === 'waiting' ? 'parse_queued' : 'uploaded'
    case 'validate':
      return isDead ? 'failed_parse' : 'parsed'
    case 'chunk':
      if (isDead) return 'failed_chunking'
      return standing.isWorking ? 'chunking' : 'parse_validated'
    case 'embed':
      if (isDead) return 'failed_embedding'
      if (standing.isWorking) return 'embedding_in_progress'
      // Chunks lie ready; once a try at embedding them failed or was put off, they queue for another.
      return standing.state === 'retryable' || standing.attempt > 1 ? 'embedding_queued' : 'chunks_stored'
    case 'store':
      return isDead ? 'failed_embedding' : 'embeddings_stored'
    default:
      throw new Error(`the document pipeline has no stage ${standing.stage}`)
  }
}

/**
 * Whether a failure lies in the document itself: then the same content is a duplicate, and trying it again would only
 * fail again. After any other failure its owner may upload it once more.
 */
export function isDocumentsOwnFault(error: { code: string; retryable: boolean }): boolean {
  return error.code === 'PARSE_EMPTY' || (error.code === 'PARSE_FAILED' && !error.retryable)
}
