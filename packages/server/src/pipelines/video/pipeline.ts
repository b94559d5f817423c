/** The video pipeline: render → keep. */
import { videoPipeline } from '../../core/video-pipeline.ts'
import type { Db } from '../../db/db.ts'
import type { Sources } from '../../providers/sources.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Breakers } from '../../store/breakers.ts'
import type { Pipeline } from '../pipeline.ts'
import { createKeepStage } from './keep.ts'
import { createRenderStage } from './render.ts'

export interface VideoPipelineOptions {
  db: Db
  storage: Storage
  breakers: Breakers
  sources: Sources
  renderSource: string
  maxBytes: number
}

export function createVideoPipeline({ renderSource, ...parts }: VideoPipelineOptions): Pipeline {
  return {
    shape: videoPipeline,
    stages: { render: createRenderStage({ source: renderSource }), keep: createKeepStage(parts) },
  }
}
