/** A pipeline of one stage that runs here and is done at once, and what is needed to run it. */
import type { PipelineShape } from '../../src/core/pipeline.ts'
import type { Db } from '../../src/db/db.ts'
import { createEngine, type Engine } from '../../src/engine/engine.ts'
import { silentLog } from '../../src/observe/log.ts'
import type { LocalStage, Pipelines } from '../../src/pipelines/pipeline.ts'
import { createBreakers } from '../../src/store/breakers.ts'
import type { Spine } from './setup.ts'

export const trivialShape: PipelineShape = {
  name: 'trivial',
  stages: [{ name: 'do', kind: 'local' }],
  statusOf: ({ state }) => state,
  progressOf: () => 0,
  admit: (input) => ({ kind: 'input', input: typeof input === 'object' && input !== null ? { ...input } : {} }),
}

export const trivialShapes = { trivial: trivialShape }

function trivialPipelines(run: LocalStage['run'] = async () => ({ outcome: { kind: 'done' } })): Pipelines {
  return { trivial: { shape: trivialShape, stages: { do: { kind: 'local', run } } } }
}

export interface TrivialEngine {
  owner: string
  slots?: number
  pollMs?: number
  db?: Db
  run?: LocalStage['run']
  notify?: () => void
}

export function trivialEngine(spine: Spine, options: TrivialEngine): Engine {
  const { owner, slots = 20, pollMs = 100, db = spine.db, run, notify = () => {} } = options
  return createEngine({
    db,
    owner,
    sources: spine.sources,
    breakers: createBreakers({ db, log: silentLog }),
    sinks: new Map(),
    pipelines: trivialPipelines(run),
    rules: spine.rules,
    asks: true,
    slots,
    pollMs,
    callbackUrl: spine.callbackUrl,
    notify,
    log: silentLog,
  })
}
