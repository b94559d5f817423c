/** What the usual ways cost is counted on the wire, and held against a budget: growth is a decision, not an accident. */
import { readFile } from 'node:fs/promises'
import { describe, expect, it, test, vi } from 'vitest'
import { z } from 'zod'
import { createJobMaking } from '../../src/services/job-creation.ts'
import { page, pdf } from '../document/pdf.ts'
import { ADMIN_KEY, setup } from '../document/setup.ts'
import { look, untilEnded } from '../document/waits.ts'
import { countingDb } from '../spine/counting.ts'
import { handleAll, registeredAs, workerOn } from '../spine/matching.ts'
import { setup as setupSpine, somebody } from '../spine/setup.ts'
import { trivialEngine, trivialShapes } from '../spine/trivial.ts'
import { countStatements } from '../statement-counter.ts'
import { budget, type Way } from './budget.ts'

// What a process does by the clock, whatever comes in: it tells that it lives, sweeps, listens. Its
// lanes look by the clock too, once a minute here: what they look for sooner is counted.
const byTheClock = [
  /becket\.instance/,
  /becket\.duty/,
  /becket\.retention/,
  /becket\.latency/,
  /from becket\.breaker/,
  /becket\.held_back/,
  /^\s*select (distinct )?(e\.id|j\.id|c\.id|o\.sink|o\.callback_id)[^,]*from/,
  /pg_class/,
  /pg_notify|^(un)?listen/,
  /with recursive ranks/,
  // Each connection finds out by itself whether it may name its statements, and plans them anew.
  /pg_backend_pid|^discard plans/,
  // What was asked of third parties is noted in batches, by a clock.
  /insert into becket\.request/,
]

const isOfTheWay = (text: string) => !byTheClock.some((one) => one.test(text))

function within(way: Way, statements: readonly string[]): void {
  const counted = statements.filter(isOfTheWay)
  expect(counted.length, `${way}:\n${counted.join('\n')}`).toBeLessThanOrEqual(budget[way])
}

/** A whole server whose every statement is seen. */
async function server(sources: Record<string, unknown> = {}) {
  const bundle = await setup({ parse: { expectWithin: '20s' }, maxTokens: 128 })
  await bundle.app.stop()
  const counter = await countStatements(bundle.databaseUrl)
  const { url, becket } = await bundle.another({
    database: { url: counter.url, poolSize: 8 },
    worker: { slots: 6, pollInterval: '60s' },
    ...sources,
  })
  return {
    ...bundle,
    url,
    becket,
    statements: counter.statements,
    async [Symbol.asyncDispose]() {
      await bundle[Symbol.asyncDispose]()
      await counter[Symbol.asyncDispose]()
    },
  }
}

async function post(url: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}` }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  return response.json()
}

const registered = z.object({ id: z.string(), callbackUrl: z.string() })

describe('what is asked of the database', () => {
  it('for plain jobs is one statement to make them and one to end them', async () => {
    await using spine = await setupSpine()
    const { db, statements } = countingDb(spine.db)
    const engine = trivialEngine(spine, { owner: 'ins_here', db, slots: 200, pollMs: 60_000 })
    await engine.start()
    await vi.waitFor(() => {
      for (const service of engine.services) expect(service.health().lastRoundMs).not.toBeNull()
    })
    const { make } = createJobMaking({
      db,
      room: engine.room,
      sinks: new Map(),
      deliverTo: {},
      shapes: trivialShapes,
    })
    const run = async (keys: readonly string[]) => {
      statements.length = 0
      await Promise.all(keys.map((key) => make({ pipeline: 'trivial', key, input: {} }, somebody)))
      await vi.waitFor(async () => {
        expect(await spine.all(`select 1 from becket.job where state <> 'done'`)).toEqual([])
      })
      return [...statements]
    }
    within('a plain job', await run(['one']))
    within('a hundred plain jobs', await run(Array.from({ length: 100 }, (_, index) => `key-${index}`)))
    await engine.stop()
  })

  it('for an expectation and its callback stays within its budget', async () => {
    const read = { externalId: '/id', status: '/status', succeeded: ['done'] }
    const operations = { pay: { expectWithin: '1h', deadline: '2h' } }
    await using bundle = await server({ sources: { orders: { provider: 'http', operations, read } } })
    const { url, statements, db } = bundle
    const counted = async (key: string) => {
      statements.length = 0
      const spec = { source: 'orders', operation: 'pay', key }
      const { id, callbackUrl } = registered.parse(await post(`${url}/v1/expectations`, spec))
      const registering = statements.splice(0)
      await post(`${url}/v1/expectations/${id}/dispatched`, { externalId: `ext-${key}` })
      const dispatching = statements.splice(0)
      await post(callbackUrl, { id: `ext-${key}`, status: 'done' })
      await look('the end of the expectation', async () => {
        const { rows } = await db.query(`select 1 from becket.expectation where id = $1 and state = 'succeeded'`, [id])
        return rows[0]
      })
      return { registering, dispatching, settling: statements.splice(0) }
    }
    // The first one finds a process that has just started.
    await counted('first')
    const { registering, dispatching, settling } = await counted('second')
    within('an expectation is registered', registering)
    within('an expectation is dispatched', dispatching)
    within('a callback settles it', settling)
  })

  it('for callbacks that the lane matches together is little more than for one', async () => {
    await using spine = await setupSpine({ settlesAtIntake: false })
    const names = Array.from({ length: 100 }, (_, index) => `n${index}`)
    await registeredAs(spine, names)
    await Promise.all(names.map((name) => spine.callBack({ id: `ext-${name}` })))
    const { db, statements } = countingDb(spine.db)
    const worker = workerOn(spine, db)
    expect(await handleAll(worker, await worker.claim('callback'))).toEqual(new Map())
    within('a hundred callbacks are matched', statements)
  })

  it('for a document of three pieces stays within its budget', async () => {
    await using bundle = await server()
    const { becket, statements, db } = bundle
    const document = async (...pages: string[]) => {
      const content = pdf(...pages.map((title) => page(title)))
      const { jobId } = await becket.documents.submit(content, { filename: 'report.pdf' })
      if (jobId === null) throw new Error('the document has no job')
      await untilEnded(db, jobId)
      return jobId
    }
    await document('Anchors')
    statements.length = 0
    await document('Ropes', 'Knots')
    const sent = [...statements]
    const { rows } = await db.query('select count(*)::int as count from becket.chunk group by document_id order by 1')
    expect(rows.at(-1)).toEqual({ count: 3 })
    within('a document of three pieces', sent)
  })
})

test('the page about statements tells the budget', async () => {
  const text = await readFile(new URL('../../../../docs/reference/statements.md', import.meta.url), 'utf8')
  const told = [...text.matchAll(/^\| ([^|]+?) +\| +(\d+) \|/gm)].map(([, way, count]) => [way, Number(count)])
  expect(Object.fromEntries(told)).toEqual(budget)
})
