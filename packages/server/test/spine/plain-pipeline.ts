/** The document pipeline's shape with plain work in it: the provider's stage is handed over, the others are done at once. */
import { documentPipeline } from '../../src/core/document-pipeline.ts'
import type { LocalStage, Pipelines, StageResult, Submission } from '../../src/pipelines/pipeline.ts'

export interface PlainStages {
  /** What a submission adds to the plain one. */
  submission?: Partial<Submission>
  /** Comes before the plain submission; what it answers is taken instead. */
  prepare?: () => Promise<({ kind: 'result' } & StageResult) | undefined>
  /** Runs in `validate`, the stage after the provider's. */
  validate?: LocalStage['run']
}

export function createPlainPipeline({ submission, prepare, validate }: PlainStages): Pipelines {
  const done: LocalStage = { kind: 'local', run: async () => ({ outcome: { kind: 'done' } }) }
  return {
    document: {
      shape: documentPipeline,
      stages: {
        parse: {
          kind: 'provider',
          prepare: async () =>
            (await prepare?.()) ?? {
              kind: 'submission',
              source: 'parser',
              operation: 'parse',
              input: null,
              ...submission,
            },
        },
        validate: validate === undefined ? done : { kind: 'local', run: validate },
        chunk: done,
        embed: { kind: 'provider', prepare: async () => ({ kind: 'result', outcome: { kind: 'done' } }) },
        store: done,
      },
    },
  }
}
