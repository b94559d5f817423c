/** The pipelines there are, one line each. */
import type { DocumentsConfig, VideosConfig } from '../config/config.ts'
import type { Db } from '../db/db.ts'
import type { Sources } from '../providers/sources.ts'
import type { Storage } from '../storage/storage.ts'
import type { Breakers } from '../store/breakers.ts'
import { createDocumentPipeline } from './document/pipeline.ts'
import type { Pipelines } from './pipeline.ts'
import { createVideoPipeline } from './video/pipeline.ts'

export interface PipelinesOptions {
  db: Db
  storage: Storage
  breakers: Breakers
  sources: Sources
  documents: DocumentsConfig
  videos: VideosConfig
}

export function createPipelines({ documents, videos, ...parts }: PipelinesOptions): Pipelines {
  const { parse, embed, chunk } = documents
  return {
    // A source that is not configured is told to whoever submits to it: documents wait for it, and are not lost.
    document: createDocumentPipeline({
      ...parts,
      parseSource: parse ?? '(documents.parse is not configured)',
      embed: { ...embed, source: embed.source ?? '(documents.embed.source is not configured)' },
      chunk,
    }),
    video: createVideoPipeline({
      ...parts,
      renderSource: videos.render ?? '(videos.render is not configured)',
      maxBytes: videos.maxBytes,
    }),
  }
}
