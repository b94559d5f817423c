/** How far a document or a video is, from its status. Does not know terminals. */
import type { DocumentStatus, VideoStatus } from '@becket/client/contract'

/** `waiting` and `uploading` come before Becket has a status for it; `refused` means that it never got one. */
export type ProgressStatus = DocumentStatus | VideoStatus | 'waiting' | 'uploading' | 'refused'

const percents: Record<ProgressStatus, number> = {
  waiting: 0,
  uploading: 5,
  uploaded: 10,
  parse_queued: 20,
  parsed: 40,
  parse_validated: 45,
  chunking: 50,
  chunks_stored: 60,
  embedding_queued: 70,
  embedding_in_progress: 80,
  embeddings_stored: 90,
  complete: 100,
  duplicate: 100,
  failed_parse: 100,
  failed_chunking: 100,
  failed_embedding: 100,
  cancelled: 100,
  refused: 100,
  pending: 5,
  processing: 50,
  completed: 100,
  failed: 100,
}

export function percentOf(status: ProgressStatus): number {
  return percents[status]
}

export function hasEnded(status: ProgressStatus): boolean {
  return percents[status] === 100
}

/** Ended without its result being stored or known to be stored. */
export function hasFailed(status: ProgressStatus): boolean {
  return status === 'refused' || status === 'cancelled' || status === 'failed' || status.startsWith('failed_')
}
