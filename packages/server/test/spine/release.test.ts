/** Callbacks in a shape that no adapter knew, read again once the adapter is mended. */
import { describe, expect, it } from 'vitest'
import { createCallbackService } from '../../src/services/callbacks.ts'
import { noRoom } from '../../src/store/handover.ts'
import { type Spine, setup as setupSpine, somebody } from './setup.ts'

async function setup() {
  const spine = await setupSpine()
  const told: string[] = []
  const room = noRoom((lane) => told.push(lane))
  const callbacks = createCallbackService({ db: spine.db, room, sources: spine.sources })
  const release = (what: { source?: string; ids?: string[]; dryRun?: boolean } = {}) =>
    callbacks.release({ dryRun: false, reason: 'the adapter is mended', ...what }, somebody)
  /** A shape of tomorrow: today's adapter knows it not. */
  spine.script.isReadable = false
  return {
    ...spine,
    callbacks,
    release,
    told,
    mend() {
      spine.script.isReadable = true
      spine.source.adapter = 2
    },
  }
}

const quarantined = async (spine: Spine) =>
  spine.all<{ id: string; adapter: string | null; fate_reason: string }>(
    `select id, adapter, fate_reason from becket.callback where fate = 'quarantined' order by id`,
  )

/** A job whose provider has called back, in the shape of tomorrow. */
async function misread(spine: Spine, by: 'signature' | 'nothing' = 'signature') {
  const jobId = await spine.startJob()
  const worker = spine.worker()
  await worker.step('job')
  const callbackId = await spine.callBack({ by, id: 'ext-1', status: 'done', output: { markdown: 'x' } })
  await worker.step('callback')
  return { jobId, callbackId, worker }
}

describe('a callback that nobody could read', () => {
  it('names the adapter that could not, and why', async () => {
    await using spine = await setup()
    const { callbackId } = await misread(spine)
    expect(await spine.callbacks.get(callbackId)).toMatchObject({
      fate: 'quarantined',
      fateReason: 'no shape fits',
      adapter: 'scripted@1',
    })
  })

  it('ends its job once the adapter is mended and it is released', async () => {
    await using spine = await setup()
    const { jobId, callbackId, worker } = await misread(spine)
    expect(await spine.job(jobId)).toMatchObject({ state: 'waiting' })
    spine.mend()
    expect(await spine.release()).toEqual({
      released: 1,
      dryRun: false,
      groups: [{ source: 'parser', adapter: 'scripted@1', presentAdapter: 'scripted@2', callbacks: 1 }],
      notQuarantined: [],
    })
    expect(spine.told).toEqual(['callback'])
    await worker.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
    expect(await spine.callbacks.get(callbackId)).toMatchObject({ fate: 'matched', verdict: 'verified', adapter: null })
    expect(await spine.timeline(callbackId)).toContain('callback.released')
  })

  it('that is released twice is read once, and a third time changes nothing', async () => {
    await using spine = await setup()
    const { worker } = await misread(spine)
    spine.mend()
    expect([(await spine.release()).released, (await spine.release()).released]).toEqual([1, 1])
    await worker.drain()
    const [{ id } = { id: '' }] = await spine.all<{ id: string }>('select id from becket.expectation')
    const before = [await spine.evidence(id), await spine.expectation(id)]
    expect(before[0]).toEqual(['callback:succeeded:settled'])
    expect((await spine.release()).released).toBe(0)
    await worker.drain()
    expect([await spine.evidence(id), await spine.expectation(id)]).toEqual(before)
  })

  it('that proves nothing settles nothing after its release either', async () => {
    await using spine = await setup()
    const { jobId, callbackId, worker } = await misread(spine, 'nothing')
    spine.mend()
    await spine.release()
    await worker.step('callback')
    expect(await spine.callbacks.get(callbackId)).toMatchObject({ fate: 'matched', verdict: 'unsigned' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'waiting' })
    const [{ id } = { id: '' }] = await spine.all<{ id: string }>('select id from becket.expectation')
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:inconclusive'])
  })

  it('that the mended adapter cannot read either is quarantined again, in its name', async () => {
    await using spine = await setup()
    const { callbackId, worker } = await misread(spine)
    const other = await spine.callBack({ body: 'not JSON' })
    await worker.step('callback')
    spine.mend()
    expect((await spine.release()).released).toBe(2)
    await worker.drain()
    expect(await quarantined(spine)).toEqual([
      { id: other, adapter: 'scripted@2', fate_reason: 'the body is not JSON' },
    ])
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'matched' })
  })
})

describe('a release', () => {
  it('takes only the source, or only the callbacks, that it names', async () => {
    await using spine = await setup()
    const [one, two] = [await spine.callBack({ body: 'one' }), await spine.callBack({ body: 'two' })]
    const worker = spine.worker()
    await worker.drain()
    expect((await spine.release({ source: 'other' })).released).toBe(0)
    const { released, notQuarantined } = await spine.release({ ids: [two, 'cb_unknown'] })
    expect([released, notQuarantined]).toEqual([1, ['cb_unknown']])
    expect((await spine.wakeups('callback')).map(({ subject }) => subject)).toEqual([two])
    expect((await spine.release({ source: 'parser', ids: [one, two] })).released).toBe(2)
  })

  it('that is dry tells the same and changes nothing', async () => {
    await using spine = await setup()
    const { callbackId } = await misread(spine)
    spine.mend()
    expect(await spine.release({ dryRun: true })).toMatchObject({
      released: 1,
      dryRun: true,
      groups: [{ callbacks: 1 }],
    })
    expect(await spine.wakeups('callback')).toEqual([])
    expect(await spine.timeline(callbackId)).not.toContain('callback.released')
  })

  it('of more than a batch leaves none behind, behind what has just come', async () => {
    await using spine = await setup()
    await spine.callBack({ body: 'one' })
    await spine.worker().drain()
    const { rows } = await spine.db.query<{ id: string }>('select id from becket.callback')
    // Of one day, so that they lie in one partition: the same again under other ids.
    await spine.db.query(
      `insert into becket.callback select ($1 || lpad(n::text, 6, '0')) as id, c.source, c.received_at, c.method, c.url,
         c.headers, c.body, c.remote_address, c.verdict, c.verdict_reason, c.token_expectation, c.hints, null, c.fate,
         c.fate_reason, null, null, c.adapter
       from becket.callback c, generate_series(1, 1200) n`,
      [rows[0]?.id.slice(0, -6)],
    )
    expect((await spine.release()).released).toBe(1_201)
    const [{ count, ranks } = { count: 0, ranks: [] }] = await spine.all<{ count: number; ranks: number[] }>(
      `select count(*)::int, array_agg(distinct rank) as ranks from becket.wakeup where lane = 'callback'`,
    )
    expect([count, ranks]).toEqual([1_201, [-1]])
  })
})
