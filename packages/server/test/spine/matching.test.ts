import { describe, expect, it } from 'vitest'
import {
  around,
  calledBack,
  fates,
  handleAll,
  registered,
  registeredAs,
  states,
  storedFirst,
  workerOn,
} from './matching.ts'
import { deferred } from './script.ts'

describe('callbacks that are matched together', () => {
  it('share one transaction', async () => {
    await using spine = await storedFirst()
    const names = Array.from({ length: 30 }, (_, index) => `n${index}`)
    await registeredAs(spine, names)
    await calledBack(spine, names)
    let transactions = 0
    const worker = workerOn(spine, around(spine.db, { before: () => transactions++ }))
    expect(await handleAll(worker, await worker.claim('callback'))).toEqual(new Map())
    expect(transactions).toBe(1)
    expect(new Set(await fates(spine))).toEqual(new Set(['matched']))
    expect(new Set((await states(spine)).map(({ state }) => state))).toEqual(new Set(['succeeded']))
    expect(await spine.wakeups('callback')).toEqual([])
    expect(await spine.wakeups('expectation')).toEqual([])
  })

  it('and tell of one expectation are folded in the order in which they came, whoever is worked on first', async () => {
    await using spine = await storedFirst()
    const id = await registered(spine, 'k', 'ext-1')
    for (const [index, status] of (['working', 'done', 'broken', 'done'] as const).entries()) {
      await spine.callBack({ id: 'ext-1', status, eventId: `e${index}` })
    }
    const worker = spine.worker()
    const claims = await worker.claim('callback')
    await handleAll(
      worker,
      [...claims].sort((one, other) => (one.subject < other.subject ? 1 : -1)),
    )
    expect(await spine.evidence(id)).toEqual([
      'callback:pending:inconclusive',
      'callback:succeeded:settled',
      'callback:failed:contradicting',
      'callback:succeeded:duplicate',
    ])
    expect(await fates(spine)).toEqual(['matched', 'matched', 'late', 'duplicate'])
  })

  it('each have their own fate, whatever the others are', async () => {
    await using spine = await storedFirst()
    const [settled, asked, unread, named] = await registeredAs(spine, ['settled', 'asked', 'unread', 'named'])
    const ids = {
      settled: await spine.callBack({ id: 'ext-settled' }),
      unsigned: await spine.callBack({ by: 'nothing', id: 'ext-asked' }),
      unreadable: await spine.callBack({ by: 'token', expectationId: unread, body: '{' }),
      nowhere: await spine.callBack({ by: 'token', expectationId: unread, body: '[]', query: '?job_id=none' }),
      early: await spine.callBack({ id: 'ext-nobody', query: '?job_id=order-9&operation=parse' }),
      byKey: await spine.callBack({ query: '?job_id=named&operation=parse', status: 'done' }),
    }
    const worker = spine.worker()
    expect(await handleAll(worker, await worker.claim('callback'))).toEqual(new Map())
    const fate = async (id: string) => {
      const { fate, expectation_id } = await spine.callback(id)
      return [fate, expectation_id]
    }
    expect(await fate(ids.settled)).toEqual(['matched', settled])
    expect(await fate(ids.unsigned)).toEqual(['matched', asked])
    expect(await fate(ids.unreadable)).toEqual(['quarantined', unread])
    expect(await fate(ids.nowhere)).toEqual(['quarantined', unread])
    expect(await fate(ids.early)).toEqual(['orphan', null])
    expect(await fate(ids.byKey)).toEqual(['matched', named])
    // By the provider's id, and by what the address says, as an id and as a key.
    expect(await spine.count('orphan')).toBe(3)
    const due = (await spine.wakeups('expectation')).filter(({ dueInMs }) => dueInMs <= 0)
    expect(due.map(({ subject }) => subject)).toEqual([asked, unread].sort())
    expect(await spine.timeline(unread ?? '')).toEqual([
      'expectation.registered',
      'callback.quarantined',
      'callback.quarantined',
    ])
  })

  it('find one another: what one teaches is known for the other', async () => {
    await using spine = await storedFirst()
    const id = await registered(spine)
    const early = await spine.callBack({ id: 'ext-1', eventId: 'e1' })
    await spine.callBack({ by: 'token', expectationId: id, id: 'ext-1', eventId: 'e2' })
    const worker = spine.worker()
    await handleAll(worker, await worker.claim('callback'))
    await worker.drain()
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:settled', 'callback:succeeded:duplicate'])
    expect(await spine.callback(early)).toMatchObject({ fate: 'duplicate', expectation_id: id })
    expect(await spine.count('orphan')).toBe(0)
  })

  it('carry on all their jobs, a few in each transaction', async () => {
    await using spine = await storedFirst()
    const worker = spine.worker()
    spine.script.submit = async ({ clientId }) => ({ kind: 'accepted', externalId: `ext-${clientId}` })
    const jobs = await Promise.all(Array.from({ length: 12 }, () => spine.startJob()))
    await worker.drain()
    const waiting = await spine.all<{ external_id: string }>('select external_id from becket.expectation')
    await Promise.all(waiting.map(({ external_id }) => spine.callBack({ id: external_id })))
    let transactions = 0
    const other = workerOn(spine, around(spine.db, { before: () => transactions++ }))
    expect(await handleAll(other, await other.claim('callback'))).toEqual(new Map())
    expect(transactions).toBe(2)
    await worker.drain()
    for (const id of jobs) expect(await spine.job(id)).toMatchObject({ state: 'done' })
  })

  it('and are more than one transaction carries on are not overtaken by what comes after them', async () => {
    await using spine = await storedFirst()
    spine.script.submit = async ({ clientId }) => ({ kind: 'accepted', externalId: `ext-${clientId}` })
    await Promise.all(Array.from({ length: 10 }, () => spine.startJob()))
    await spine.worker().drain()
    const waiting = await spine.all<{ id: string; external_id: string }>(
      'select id, external_id from becket.expectation',
    )
    const [last, ...others] = waiting
    if (last === undefined) throw new Error('no job waits')
    await calledBack(
      spine,
      others.map(({ external_id }) => external_id.slice('ext-'.length)),
    )
    await spine.callBack({ id: last.external_id, status: 'broken', eventId: 'first' })
    await spine.callBack({ id: last.external_id, status: 'done', eventId: 'second' })
    const queued = deferred<void>()
    let transactions = 0
    let reads = 0
    const worker = workerOn(spine, {
      ...spine.db,
      query: async <Row>(text: string, values?: readonly unknown[]) => {
        const answer = await spine.db.query<Row>(text, values)
        // Read, and in the queue once whoever waits for it has gone on.
        if (text.includes('becket.callback') && ++reads === 2) setImmediate(queued.resolve)
        return answer
      },
      tx: (work, options) => {
        const isFirst = ++transactions === 1
        return spine.db.tx(async (tx) => {
          const done = await work(tx)
          if (!isFirst || late === undefined) return done
          after = worker.handle(late)
          await queued.promise
          return done
        }, options)
      },
    })
    let after = Promise.resolve()
    const claims = (await worker.claim('callback')).sort((one, other) => (one.subject < other.subject ? -1 : 1))
    const late = claims.pop()
    expect(await handleAll(worker, claims)).toEqual(new Map())
    await after
    expect(await spine.evidence(last.id)).toEqual(['callback:failed:settled', 'callback:succeeded:contradicting'])
  })
})
