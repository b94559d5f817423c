import { describe, expect, it } from 'vitest'
import type { DeliveryAnswer } from '../../src/core/delivery.ts'
import { createDeliveryService } from '../../src/services/deliveries.ts'
import type { Sinks } from '../../src/sinks/sinks.ts'
import { noRoom } from '../../src/store/handover.ts'
import { listDeliveries } from '../../src/store/outbox.ts'
import { type Box, createBox } from './box.ts'
import { deferred } from './script.ts'
import { HOUR, MINUTE, type Spine, setup, somebody } from './setup.ts'

const refused = { code: 'HTTP_400', message: 'not like this', retryable: false }
const failed = { code: 'HTTP_503', message: 'not now', retryable: true }
const anyDelivery = { sink: null, states: null, subject: null, before: null, limit: 100 }

function sinksOf(...boxes: readonly Box[]): Sinks {
  return new Map(boxes.map(({ sink }) => [sink.id, sink]))
}

/** A job whose end goes to these sinks, brought to its end. */
async function runJob(spine: Spine, ...boxes: readonly Box[]): Promise<string> {
  const jobId = await spine.startJob(boxes.map(({ sink }) => ({ sink: sink.id, queue: sink.queue ?? 'one' })))
  const worker = spine.worker()
  await worker.drain()
  const [attempt] = await spine.attempts(jobId)
  await spine.callBack({ id: attempt?.external_id ?? '' })
  await worker.drain()
  return jobId
}

/** Newest first. */
function deliveries(spine: Spine) {
  return listDeliveries(spine.db, anyDelivery)
}

function serviceOf(spine: Spine, ...boxes: readonly Box[]) {
  return createDeliveryService({ db: spine.db, room: noRoom(() => {}), sinks: sinksOf(...boxes) })
}

describe('the result of a job', () => {
  it('reaches its sink with what was made, and leaves nothing behind', async () => {
    const box = createBox()
    await using spine = await setup({ sinks: sinksOf(box) })
    const jobId = await runJob(spine, box)
    expect(box.taken.map(({ result }) => result)).toMatchObject([
      { type: 'job.done', id: jobId, state: 'done', status: 'complete', pipeline: 'document', error: null },
    ])
    expect(await deliveries(spine)).toMatchObject([{ state: 'delivered', receipt: { status: 200 }, attempts: 0 }])
    expect(await spine.all('select 1 from becket.wakeup')).toEqual([])
  })

  it('is tried again under the same id and in the same words when a sink does not take it', async () => {
    const box = createBox()
    await using spine = await setup({ sinks: sinksOf(box) })
    box.answer = ({ attempts }) => (attempts === 0 ? { kind: 'retry', error: failed } : { kind: 'delivered' })
    await runJob(spine, box)
    expect(await deliveries(spine)).toMatchObject([{ state: 'pending', attempts: 1, error: failed }])
    await spine.pass(2_000)
    await spine.worker().drain()
    const [first, second] = box.batches.flat()
    expect(second?.id).toBe(first?.id)
    expect(second?.result).toEqual(first?.result)
    expect(await deliveries(spine)).toMatchObject([{ state: 'delivered', attempts: 1 }])
  })

  it('is given up after the last try, and can be delivered again by hand', async () => {
    const box = createBox({ retryMs: [] })
    await using spine = await setup({ sinks: sinksOf(box) })
    box.answer = () => ({ kind: 'retry', error: failed })
    await runJob(spine, box)
    const [dead] = await deliveries(spine)
    expect(dead).toMatchObject({ state: 'dead', attempts: 1, error: failed })
    box.answer = () => ({ kind: 'delivered' })
    const service = serviceOf(spine, box)
    await service.redeliver(dead?.id ?? '', { reason: 'the endpoint was mended' }, somebody)
    await spine.worker().drain()
    expect(await service.get(dead?.id ?? '')).toMatchObject({ state: 'delivered', attempts: 0 })
  })

  it('is not brought a second time by hand when a newer one has overtaken it', async () => {
    const box = createBox()
    await using spine = await setup({ sinks: sinksOf(box) })
    box.answer = ({ result }) =>
      result.type === 'job.deadletter' ? { kind: 'rejected', error: refused } : { kind: 'delivered' }
    const jobId = await spine.startJob([{ sink: 'box', queue: 'one' }])
    const worker = spine.worker()
    await worker.drain()
    await spine.pass(2 * HOUR)
    await worker.drain()
    // We had given up; then the success came after all.
    await spine.callBack({ id: 'ext-1' })
    await worker.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
    const [newer, older] = await deliveries(spine)
    expect([older, newer]).toMatchObject([
      { state: 'dead', type: 'job.deadletter', error: refused },
      { state: 'delivered', type: 'job.done' },
    ])
    const service = serviceOf(spine, box)
    await expect(service.redeliver(older?.id ?? '', { reason: 'why not' }, somebody)).rejects.toThrow(/older end/)
    expect(await service.redeliverAll({ sink: 'box', reason: 'all of them' }, somebody)).toEqual({ deliveries: 0 })
  })

  it('waits for the one before it, with the same key, to arrive', async () => {
    const box = createBox({ batchSize: 10 })
    await using spine = await setup({ sinks: sinksOf(box) })
    box.answer = ({ result, attempts }) =>
      result.type === 'job.deadletter' && attempts === 0 ? { kind: 'retry', error: failed } : { kind: 'delivered' }
    await spine.startJob([{ sink: 'box', queue: 'one' }])
    const worker = spine.worker()
    await worker.drain()
    await spine.pass(2 * HOUR)
    await worker.drain()
    await spine.callBack({ id: 'ext-1' })
    await worker.drain()
    expect(box.taken).toEqual([])
    await spine.pass(2_000)
    await worker.drain()
    expect(box.taken.map(({ result }) => result.type)).toEqual(['job.deadletter', 'job.done'])
  })
})

describe('a call whose result is to be delivered', () => {
  it('reaches the sinks that it names when it is settled, once', async () => {
    const box = createBox()
    await using spine = await setup({ sinks: sinksOf(box) })
    const asked = { source: 'parser', operation: 'parse', key: 'mine', externalId: 'ext-9', deliverTo: ['box'] }
    const { expectation } = await spine.expectations.register(asked, somebody)
    await spine.callBack({ id: 'ext-9', output: { pages: 3 } })
    await spine.callBack({ id: 'ext-9', output: { pages: 3 }, eventId: 'again' })
    await spine.worker().drain()
    expect(box.taken.map(({ result }) => result)).toMatchObject([
      { type: 'expectation.succeeded', id: expectation.id, key: 'mine', source: 'parser', error: null },
    ])
  })

  it('is refused when a sink is not configured', async () => {
    await using spine = await setup()
    const asked = { source: 'parser', operation: 'parse', key: 'mine', deliverTo: ['nowhere'] }
    await expect(spine.expectations.register(asked, somebody)).rejects.toMatchObject({ code: 'SINK_UNKNOWN' })
  })

  it.each(['expired', 'cancelled'] as const)('tells when it is %s', async (state) => {
    const box = createBox()
    await using spine = await setup({ sinks: sinksOf(box) })
    const asked = { source: 'parser', operation: 'parse', key: 'mine', externalId: 'ext-9', deliverTo: ['box'] }
    const { expectation } = await spine.expectations.register(asked, somebody)
    if (state === 'cancelled') await spine.expectations.cancel(expectation.id, { reason: 'not needed' }, somebody)
    else await spine.pass(2 * HOUR)
    await spine.worker().drain()
    expect(box.taken.map(({ result }) => result.type)).toEqual([`expectation.${state}`])
  })
})

describe('a sink', () => {
  it('that is dead delays no other', async () => {
    const dead = createBox({ id: 'dead' })
    const alive = createBox({ id: 'alive' })
    await using spine = await setup({ sinks: sinksOf(dead, alive) })
    const hangs = deferred<DeliveryAnswer>()
    dead.answer = () => hangs.promise
    const jobId = await spine.startJob([
      { sink: 'alive', queue: 'one' },
      { sink: 'dead', queue: 'one' },
    ])
    const worker = spine.worker()
    await worker.drain()
    await spine.callBack({ id: 'ext-1' })
    for (const lane of ['callback', 'expectation', 'job'] as const) await worker.step(lane)
    const handled = (await worker.claim('outbox')).map((claim) => ({ claim, done: worker.handle(claim) }))
    await handled.find(({ claim }) => claim.subject === 'alive/one')?.done
    expect(alive.taken.map(({ result }) => result.id)).toEqual([jobId])
    hangs.resolve({ kind: 'delivered' })
    await Promise.all(handled.map(({ done }) => done))
    expect(dead.taken).toHaveLength(1)
  })

  it('that fails again and again is left alone, and nothing of what waits counts that as a try', async () => {
    const box = createBox({ retryMs: Array.from({ length: 20 }, () => 1) })
    await using spine = await setup({ sinks: sinksOf(box) })
    box.answer = () => ({ kind: 'retry', error: failed, isFault: true })
    await runJob(spine, box)
    const worker = spine.worker()
    for (let round = 0; round < 10; round++) {
      await spine.pass(1_000)
      await worker.drain()
    }
    const [row] = await deliveries(spine)
    expect(row?.attempts).toBe(5)
    expect(await spine.all(`select state from becket.breaker where name = 'sink:box'`)).toEqual([{ state: 'open' }])
  })

  it('that is switched off keeps its results waiting', async () => {
    const box = createBox({ enabled: false })
    await using spine = await setup({ sinks: sinksOf(box) })
    await runJob(spine, box)
    await spine.pass(HOUR)
    await spine.worker().drain()
    expect(box.batches).toEqual([])
    expect(await deliveries(spine)).toMatchObject([{ state: 'pending', attempts: 0 }])
    const back = createBox()
    await spine.pass(MINUTE)
    await spine.workerWith(sinksOf(back)).drain()
    expect(back.taken).toHaveLength(1)
  })

  it('that takes several at once gets them in one batch, never two of the same key', async () => {
    const box = createBox({ queue: 'base', batchSize: 10 })
    await using spine = await setup({ sinks: sinksOf(box) })
    const jobs: string[] = []
    for (let count = 0; count < 12; count++) jobs.push(await spine.startJob([{ sink: 'box', queue: 'base' }]))
    const worker = spine.worker()
    await worker.drain()
    for (let count = 1; count <= 12; count++) await spine.callBack({ id: `ext-${count}` })
    for (const lane of ['callback', 'expectation', 'job'] as const) await worker.step(lane)
    await worker.drain()
    expect(box.batches.map((batch) => batch.length)).toEqual([10, 2])
    expect(new Set(box.taken.map(({ result }) => result.id))).toEqual(new Set(jobs))
  })

  it('that stumbles over one of a batch gets them one by one, so that only that one fails', async () => {
    const box = createBox({ queue: 'base', batchSize: 10 })
    await using spine = await setup({ sinks: sinksOf(box) })
    const bad = await spine.startJob([{ sink: 'box', queue: 'base' }])
    const good = await spine.startJob([{ sink: 'box', queue: 'base' }])
    box.answer = ({ result }) => {
      if (result.id === bad) throw new Error('a bug of the sink')
      return { kind: 'delivered' }
    }
    const worker = spine.worker()
    await worker.drain()
    for (const id of ['ext-1', 'ext-2']) await spine.callBack({ id })
    for (const lane of ['callback', 'expectation', 'job'] as const) await worker.step(lane)
    await worker.drain()
    expect(box.taken.map(({ result }) => result.id)).toEqual([good])
    const rows = await deliveries(spine)
    expect(rows.find(({ subject }) => subject === bad)).toMatchObject({
      state: 'pending',
      error: { code: 'SINK_FAILED' },
    })
  })

  it('that asks for patience is asked again later, which costs no try and brings its note back', async () => {
    const box = createBox({ retryMs: [] })
    await using spine = await setup({ sinks: sinksOf(box) })
    box.answer = ({ memory }) =>
      memory === null
        ? { kind: 'later', afterMs: 5_000, reason: 'the file is on its way', memory: { record: 'rec1' } }
        : { kind: 'delivered', receipt: memory }
    await runJob(spine, box)
    expect(await deliveries(spine)).toMatchObject([{ state: 'pending', attempts: 0 }])
    await spine.pass(6_000)
    await spine.worker().drain()
    expect(await deliveries(spine)).toMatchObject([{ state: 'delivered', receipt: { record: 'rec1' } }])
  })

  it('is told again by another process when the first one died while it told it', async () => {
    const box = createBox()
    await using spine = await setup({ sinks: sinksOf(box) })
    await spine.startJob([{ sink: 'box', queue: 'one' }])
    const first = spine.worker('first')
    await first.drain()
    await spine.callBack({ id: 'ext-1' })
    for (const lane of ['callback', 'expectation', 'job'] as const) await first.step(lane)
    // It claims the queue, and is never heard of again.
    expect(await first.claim('outbox')).toHaveLength(1)
    await spine.pass(MINUTE)
    await spine.worker('second').drain()
    expect(box.taken).toHaveLength(1)
  })
})
