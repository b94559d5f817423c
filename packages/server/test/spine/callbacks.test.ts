import { describe, expect, it } from 'vitest'
import { wake } from '../../src/store/wakeups.ts'
import { HOUR, MINUTE, type Spine, setup, somebody } from './setup.ts'

/** An expectation that an application registered and dispatched. */
async function waiting(spine: Spine, externalId = 'ext-1', key = 'k'): Promise<string> {
  const request = { source: 'parser', operation: 'parse', key, externalId }
  return (await spine.expectations.register(request, somebody)).expectation.id
}

describe('a callback', () => {
  it('that comes late, after a check settled the expectation, is recorded and changes nothing', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    spine.script.check = async () => ({ kind: 'outcome', outcome: { verdict: 'succeeded', output: 'checked' } })
    await spine.pass(6 * MINUTE)
    const worker = spine.worker()
    await worker.drain()
    const before = await spine.expectation(id)
    const callbackId = await spine.callBack({ id: 'ext-1', output: 'called back' })
    await worker.drain()
    expect(await spine.expectation(id)).toEqual(before)
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'late', expectation_id: id })
    expect(await spine.evidence(id)).toEqual(['check:succeeded:settled', 'callback:succeeded:late'])
  })

  it('that says the opposite of what settled the expectation is kept as contradicting, and changes nothing', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    const worker = spine.worker()
    await spine.callBack({ id: 'ext-1', status: 'done', eventId: 'e1' })
    await worker.drain()
    const before = await spine.expectation(id)
    const second = await spine.callBack({ id: 'ext-1', status: 'broken', eventId: 'e2' })
    await worker.drain()
    expect(await spine.expectation(id)).toEqual(before)
    expect(await spine.callback(second)).toMatchObject({ fate: 'late' })
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:settled', 'callback:failed:contradicting'])
    expect(await spine.timeline(id)).toContain('evidence.contradicting')
  })

  it('that is delivered again is a duplicate: stored, answered, and never read', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    const worker = spine.worker()
    const first = await spine.callBack({ id: 'ext-1' })
    const copies = await Promise.all([spine.callBack({ id: 'ext-1' }), spine.callBack({ id: 'ext-1' })])
    await worker.drain()
    copies.push(await spine.callBack({ id: 'ext-1' }))
    expect(await spine.wakeups('callback')).toEqual([])
    for (const copy of copies) {
      expect(await spine.callback(copy)).toMatchObject({ fate: 'duplicate', duplicate_of: first })
    }
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:settled'])
  })

  it('that is delivered twice in one batch is read once', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    await Promise.all(Array.from({ length: 12 }, () => spine.callBack({ id: 'ext-1', eventId: 'e1' })))
    await spine.worker().drain()
    const fates = await spine.all('select fate, count(*)::int from becket.callback group by fate order by fate')
    expect(fates).toEqual([
      { fate: 'duplicate', count: 11 },
      { fate: 'matched', count: 1 },
    ])
    expect(await spine.evidence(id)).toHaveLength(1)
  })

  it('with an event id that came before, and another body, is read and kept as evidence', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    const worker = spine.worker()
    const first = await spine.callBack({ id: 'ext-1', status: 'done', eventId: 'e1' })
    await worker.drain()
    const other = await spine.callBack({ id: 'ext-1', status: 'broken', eventId: 'e1' })
    await worker.drain()
    expect(await spine.callback(other)).toMatchObject({ fate: 'late', duplicate_of: first, expectation_id: id })
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:settled', 'callback:failed:contradicting'])
  })

  it('with the same body for two expectations by token settles both: a token’s scope is its own', async () => {
    await using spine = await setup()
    const ids = [await waiting(spine, 'ext-1', 'a'), await waiting(spine, 'ext-2', 'b')]
    for (const expectationId of ids) await spine.callBack({ by: 'token', expectationId, body: '{"status":"done"}' })
    await spine.worker().drain()
    for (const id of ids) expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded' })
  })

  it('that nobody can read is quarantined with its bytes, and makes a check due', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    const worker = spine.worker()
    const callbackId = await spine.callBack({ by: 'token', expectationId: id, body: Buffer.from([0, 255, 128]) })
    await worker.step('callback')
    const row = await spine.callback(callbackId)
    expect(row).toMatchObject({ fate: 'quarantined', expectation_id: id })
    expect(row.body).toEqual(Buffer.from([0, 255, 128]))
    expect(await spine.expectation(id)).toMatchObject({ state: 'waiting' })
    await worker.step('expectation')
    expect(spine.script.checks).toHaveLength(1)
  })

  it('that was quarantined is read again when the provider repeats it', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    const worker = spine.worker()
    spine.script.isReadable = false
    const first = await spine.callBack({ id: 'ext-1', eventId: 'e1' })
    await worker.drain()
    expect(await spine.callback(first)).toMatchObject({ fate: 'quarantined' })
    spine.script.isReadable = true
    const again = await spine.callBack({ id: 'ext-1', eventId: 'e1' })
    await worker.drain()
    expect(await spine.callback(again)).toMatchObject({ fate: 'duplicate', duplicate_of: first })
    expect(await spine.callback(first)).toMatchObject({ fate: 'matched', expectation_id: id })
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'callback' })
  })

  it('that proves nothing settles nothing, and makes a check due', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    const worker = spine.worker()
    const callbackId = await spine.callBack({ by: 'nothing', id: 'ext-1', status: 'done' })
    await worker.step('callback')
    expect(await spine.expectation(id)).toMatchObject({ state: 'waiting', settled_by: null })
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'matched', verdict: 'unsigned' })
    expect((await spine.wakeup('expectation', id))?.dueInMs).toBeLessThanOrEqual(0)
    spine.script.check = async () => ({ kind: 'outcome', outcome: { verdict: 'failed', error: broken } })
    await worker.step('expectation')
    expect(await spine.expectation(id)).toMatchObject({ state: 'failed', settled_by: 'check' })
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:inconclusive', 'check:failed:settled'])
  })

  it('that proves nothing takes no part in deduplication: the genuine one after it is read', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    const worker = spine.worker()
    await spine.callBack({ by: 'nothing', id: 'ext-1', eventId: 'e1' })
    const genuine = await spine.callBack({ by: 'signature', id: 'ext-1', eventId: 'e1' })
    await worker.drain()
    expect(await spine.callback(genuine)).toMatchObject({ fate: 'matched' })
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'callback' })
  })

  it('that is refused is kept and shown, and never matched', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    await expect(spine.callBack({ by: 'forgery', id: 'ext-1' })).rejects.toMatchObject({
      code: 'CALLBACK_REFUSED',
      status: 401,
    })
    await spine.worker().drain()
    const rows = await spine.all(
      `select fate, verdict, expectation_id, convert_from(body, 'UTF8') as body from becket.callback`,
    )
    expect(rows).toEqual([
      { fate: 'refused', verdict: 'refused', expectation_id: null, body: '{"id":"ext-1","status":"done"}' },
    ])
    expect(await spine.wakeups('callback')).toEqual([])
    expect(await spine.evidence(id)).toEqual([])
    expect(await spine.count('callback_claim')).toBe(0)
  })

  it('that is replayed keeps the fate that it had: it said the same once more', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    const worker = spine.worker()
    const callbackId = await spine.callBack({ id: 'ext-1', status: 'done' })
    await worker.drain()
    await spine.db.tx((tx) => wake(tx, { lane: 'callback', subject: callbackId, rank: -1, afterMs: 0 }, null))
    await worker.drain()
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'matched' })
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:settled', 'callback:succeeded:duplicate'])
  })

  it('that reports progress decides nothing, and the next one settles', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    const worker = spine.worker()
    await spine.callBack({ id: 'ext-1', status: 'working' })
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'waiting' })
    await spine.callBack({ id: 'ext-1', status: 'done' })
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded' })
    expect(await spine.evidence(id)).toEqual(['callback:pending:inconclusive', 'callback:succeeded:settled'])
  })

  it('that comes before its expectation is registered by that external id waits, and settles it then', async () => {
    await using spine = await setup()
    const worker = spine.worker()
    const callbackId = await spine.callBack({ id: 'ext-9' })
    await worker.drain()
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'orphan' })
    await spine.pass(HOUR)
    const id = await waiting(spine, 'ext-9')
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded' })
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'matched' })
  })

  it('that names the key in its address before that key is registered waits, and settles it then', async () => {
    await using spine = await setup()
    const worker = spine.worker()
    const callbackId = await spine.callBack({ query: '?job_id=order-7&operation=parse', status: 'done' })
    await worker.drain()
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'orphan' })
    const request = { source: 'parser', operation: 'parse', key: 'order-7' }
    const { expectation } = await spine.expectations.register(request, somebody)
    await worker.drain()
    expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'succeeded', settled_by: 'callback' })
    expect(await spine.count('orphan')).toBe(0)
  })

  it('by token reaches its expectation, whatever external id its body claims', async () => {
    await using spine = await setup()
    const [mine, other] = [await waiting(spine, 'ext-1', 'a'), await waiting(spine, 'ext-2', 'b')]
    await spine.callBack({ by: 'token', expectationId: mine, id: 'ext-2' })
    await spine.worker().drain()
    expect(await spine.expectation(mine)).toMatchObject({ state: 'succeeded' })
    expect(await spine.expectation(other)).toMatchObject({ state: 'waiting' })
  })
})

const broken = { code: 'BROKEN', message: 'it went wrong', retryable: false }
