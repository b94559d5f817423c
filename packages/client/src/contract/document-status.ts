/** Where a document stands, in the words that its first users know. Derived from stage and state, never stored. */
import { z } from 'zod'

export const documentStatuses = [
  'uploaded',
  'parse_queued',
  'parsed',
  'parse_validated',
  'chunking',
  'chunks_stored',
  'embedding_queued',
  'embedding_in_progress',
  'embeddings_stored',
  'complete',
  'duplicate',
  'failed_parse',
  'failed_chunking',
  'failed_embedding',
  'cancelled',
] as const

export const documentStatusSchema = z.enum(documentStatuses)
export type DocumentStatus = z.output<typeof documentStatusSchema>
