/** The document pipeline: parse → validate → chunk → embed → store. */
import { documentPipeline } from '../../core/document-pipeline.ts'
import type { Db } from '../../db/db.ts'
import type { Sources } from '../../providers/sources.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Breakers } from '../../store/breakers.ts'
import type { Pipeline } from '../pipeline.ts'
import { createChunkStage } from './chunk.ts'
import { createEmbedStage } from './embed.ts'
import { createParseStage } from './parse.ts'
import { createStoreStage } from './store.ts'
import { createValidateStage } from './validate.ts'

export interface DocumentPipelineOptions {
  db: Db
  storage: Storage
  breakers: Breakers
  sources: Sources
  parseSource: string
  embed: { source: string; model: string; dimensions: number; batchSize: number }
  chunk: { maxTokens: number; minTokens: number }
}

export function createDocumentPipeline(options: DocumentPipelineOptions): Pipeline {
  const { db, storage, breakers, sources } = options
  return {
    shape: documentPipeline,
    stages: {
      parse: createParseStage({ db, storage, breakers, source: options.parseSource }),
      validate: createValidateStage({ db, storage, breakers, sources }),
      chunk: createChunkStage({ storage, breakers, ...options.chunk }),
      embed: createEmbedStage({ db, ...options.embed }),
      store: createStoreStage({ db }),
    },
  }
}
