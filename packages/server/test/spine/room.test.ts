/** A provider that may have only so much in hand: who comes too much waits for room, loses no try, and is let in by turn. */
import { describe, expect, it } from 'vitest'
import { createEngine, type Engine } from '../../src/engine/engine.ts'
import { createSweeper } from '../../src/engine/sweeper.ts'
import { silentLog } from '../../src/observe/log.ts'
import type { SubmitAnswer } from '../../src/providers/provider.ts'
import type { Source } from '../../src/providers/sources.ts'
import { createBreakers } from '../../src/store/breakers.ts'
import { noRoom } from '../../src/store/handover.ts'
import { deferred } from './script.ts'
import { MINUTE, type SetupOptions, type Spine, setup, somebody } from './setup.ts'

async function limited(concurrency: number, options: SetupOptions = {}): Promise<Spine> {
  return setup({ ...options, concurrency, room: { ...noRoom(() => {}), isLimited: () => true } })
}

const heldBack = async (spine: Spine) =>
  (await spine.all<{ job_id: string }>('select job_id from becket.held_back order by job_id')).map((row) => row.job_id)

/** Two processes that work on one database, each told by the other when there is work. */
function engines(spine: Spine, callbackUrl: (source: Source, id: string) => string | undefined): Engine[] {
  const made: Engine[] = ['one', 'two'].map((owner) =>
    createEngine({
      db: spine.db,
      owner,
      sources: spine.sources,
      breakers: createBreakers({ db: spine.db, log: silentLog }),
      sinks: new Map(),
      pipelines: spine.pipelines,
      rules: spine.rules,
      asks: true,
      slots: 20,
      pollMs: 200,
      callbackUrl,
      notify: (lane) => {
        for (const engine of made) engine.poke(lane)
      },
      log: silentLog,
    }),
  )
  return made
}

describe('a provider that may have five pieces of work in hand', () => {
  it('never has more, with a hundred jobs and two processes, and all of them end', async () => {
    await using spine = await limited(5)
    const inHand: string[] = []
    let most = 0
    // It ends nothing before it has five: were a place lost, or a job forgotten, all would stand still.
    spine.script.submit = async ({ clientId }) => {
      inHand.push(clientId)
      most = Math.max(most, inHand.length)
      const isLast = spine.script.submits.length === 100
      const ending = isLast ? inHand.splice(0) : inHand.length >= 5 ? inHand.splice(0, 3) : []
      for (const expectationId of ending) void spine.callBack({ by: 'token', expectationId })
      return { kind: 'accepted', externalId: `ext-${clientId}` }
    }
    const jobs = await Promise.all(Array.from({ length: 100 }, () => spine.startJob()))
    const processes = engines(spine, spine.callbackUrl)
    for (const engine of processes) await engine.start()
    await expect
      .poll(() => spine.all(`select id from becket.job where state <> 'done'`), { timeout: 25_000, interval: 50 })
      .toEqual([])
    for (const engine of processes) await engine.stop()
    expect(most).toBe(5)
    expect(spine.script.submits).toHaveLength(jobs.length)
    expect(await heldBack(spine)).toEqual([])
    const retried = await spine.all('select id from becket.job where attempt > 1')
    expect(retried).toEqual([])
  })
})

describe('a job that finds no room', () => {
  it('waits without losing a try, and the oldest goes when one before it has ended', async () => {
    await using spine = await limited(1)
    const [first, second, third] = [await spine.startJob(), await spine.startJob(), await spine.startJob()]
    const worker = spine.worker()
    await worker.drain()
    expect(await heldBack(spine)).toEqual([second, third])
    expect(await spine.job(second)).toMatchObject({ state: 'retryable', attempt: 1, postponed: 1, error: null })
    expect(await spine.timeline(second)).toContain('stage.held-back')
    expect((await spine.wakeup('job', second))?.dueInMs).toBeGreaterThan(5 * MINUTE)

    await spine.callBack({ id: 'ext-1' })
    await worker.drain()
    expect(await spine.job(first)).toMatchObject({ state: 'done' })
    expect(await spine.job(second)).toMatchObject({ state: 'waiting' })
    expect(await heldBack(spine)).toEqual([third])
  })

  it('goes when the one before it is cancelled by hand', async () => {
    await using spine = await limited(1)
    const [first, second] = [await spine.startJob(), await spine.startJob()]
    await spine.worker().drain()
    await spine.jobs.cancel(first, { reason: 'not needed' }, somebody)
    await spine.worker().drain()
    expect(await spine.job(second)).toMatchObject({ state: 'waiting' })
  })

  it('goes when the one before it has expired', async () => {
    await using spine = await limited(1)
    const [, second] = [await spine.startJob(), await spine.startJob()]
    const worker = spine.worker('one', { ...noRoom(() => {}), isLimited: () => true })
    await worker.drain()
    await spine.db.query(`update becket.expectation set deadline_at = clock_timestamp() - interval '1 second'`)
    await spine.db.query(`update becket.wakeup set due = clock_timestamp() where lane = 'expectation'`)
    await worker.drain()
    expect(await spine.job(second)).toMatchObject({ state: 'waiting' })
  })

  it('goes when the one before it was submitted by a process that died, once nobody expects it any more', async () => {
    await using spine = await limited(1)
    const called = deferred<void>()
    const never = deferred<SubmitAnswer>()
    spine.script.submit = () => {
      called.resolve()
      return never.promise
    }
    const [first, second] = [await spine.startJob(), await spine.startJob()]
    const died = spine.worker('died')
    const [claim] = await died.claim('job', 1)
    if (claim === undefined) throw new Error('no job was due')
    void died.handle(claim)
    await called.promise
    expect(await spine.job(first)).toMatchObject({ state: 'waiting' })
    spine.script.submit = async () => ({ kind: 'accepted', externalId: 'ext-next' })
    const worker = spine.worker('alive')
    await worker.drain()
    expect(await heldBack(spine)).toEqual([second])
    // Its lease lapses: nobody knows whether it arrived, and it counts until it should have been done.
    await spine.pass(MINUTE)
    await worker.drain()
    expect(await heldBack(spine)).toEqual([second])
    await spine.pass(5 * MINUTE)
    await worker.drain()
    expect(await heldBack(spine)).toEqual([])
    expect(await spine.job(second)).toMatchObject({ state: 'waiting' })
  })

  it('is woken by the sweep where everybody else forgot it', async () => {
    await using spine = await limited(1)
    const [, second] = [await spine.startJob(), await spine.startJob()]
    const worker = spine.worker()
    await worker.drain()
    await spine.db.query(`update becket.expectation set state = 'cancelled'`)
    const sweeper = createSweeper({ db: spine.db, room: noRoom(() => {}), sources: spine.sources, log: silentLog })
    await sweeper.sweep()
    expect(await heldBack(spine)).toEqual([])
    await worker.drain()
    expect(await spine.job(second)).toMatchObject({ state: 'waiting' })
  })

  it('counts calls that applications registered, and never holds those back', async () => {
    await using spine = await limited(1)
    const register = (key: string) =>
      spine.expectations.register({ source: 'parser', operation: 'parse', key, externalId: key }, somebody)
    const { expectation } = await register('theirs-1')
    await register('theirs-2')
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    expect(await heldBack(spine)).toEqual([jobId])
    expect(expectation.state).toBe('waiting')
    await spine.callBack({ id: 'theirs-1' })
    await spine.callBack({ id: 'theirs-2' })
    await worker.drain()
    await worker.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'waiting' })
  })
})
