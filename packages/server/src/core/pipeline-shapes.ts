/** Every pipeline's shape, by name. */
import { documentPipeline } from './document-pipeline.ts'
import type { PipelineShape } from './pipeline.ts'
import { videoPipeline } from './video-pipeline.ts'

export const pipelineShapes: Readonly<Record<string, PipelineShape>> = {
  document: documentPipeline,
  video: videoPipeline,
}

export function shapeOf(pipeline: string): PipelineShape {
  const shape = pipelineShapes[pipeline]
  if (shape === undefined) throw new Error(`there is no pipeline ${pipeline}`)
  return shape
}
