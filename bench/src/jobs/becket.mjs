/**
 * Becket's own engine in a process without anything else, on a pipeline of one stage that does nothing: the parts that
 * `app.ts` wires, without HTTP and providers. Jobs are made as the API makes them.
 */

import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { built } from '../harness/paths.mjs'
import { options, serve } from '../harness/serve.mjs'
import { addOneByOne } from './one-by-one.mjs'

const load = (...path) => import(join(built, ...path))
const [{ createPool }, { createEngine }, { createBreakers }, { silentLog }, { createJobMaking }] = await Promise.all([
  load('db', 'pool.js'),
  load('engine', 'engine.js'),
  load('store', 'breakers.js'),
  load('observe', 'log.js'),
  load('services', 'job-creation.js'),
])

const { url, slots, connections } = options
const shape = {
  name: 'bench',
  stages: [{ name: 'work', kind: 'local' }],
  statusOf: ({ state }) => state,
  progressOf: () => 0,
  admit: (input) => ({ kind: 'input', input }),
}

let handled = 0
const work = {
  kind: 'local',
  run: async () => {
    handled++
    return { outcome: { kind: 'done' } }
  },
}
const db = createPool({ url, max: connections })
const engine = createEngine({
  db,
  owner: `bench-${randomUUID()}`,
  sources: new Map(),
  sinks: new Map(),
  breakers: createBreakers({ db, log: silentLog }),
  pipelines: { bench: { shape, stages: { work } } },
  rules: { retry: { maxRetries: 3, baseMs: 1_000, capMs: 60_000 }, random: Math.random },
  asks: false,
  slots,
  pollMs: 5_000,
  callbackUrl: () => undefined,
  notify: () => {},
  log: silentLog,
})
const { make } = createJobMaking({ db, room: engine.room, sinks: new Map(), deliverTo: {}, shapes: { bench: shape } })
// Keys that no run before this one has used.
const mark = randomUUID()
const by = { keyId: 'key_bench', name: 'bench', role: 'app' }

serve({
  commands: {
    start: () => engine.start(),
    add: ({ count, producers }) =>
      addOneByOne(count, producers, (number) =>
        make({ pipeline: 'bench', key: `${mark}-${number}`, input: { number } }, by),
      ),
    handled: () => handled,
  },
  stop: async () => {
    await engine.stop()
    await db.close()
  },
})
