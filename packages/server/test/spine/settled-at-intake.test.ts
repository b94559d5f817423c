import { describe, expect, it } from 'vitest'
import { createGroupCommit } from '../../src/intake/group-commit.ts'
import { noRoom } from '../../src/store/handover.ts'
import { newId } from '../../src/store/new-id.ts'
import { wake } from '../../src/store/wakeups.ts'
import { createBox } from './box.ts'
import { type Spine, setup, sha256, somebody } from './setup.ts'

async function registered(spine: Spine, key = 'k', externalId?: string): Promise<string> {
  const request = { source: 'parser', operation: 'parse', key, externalId }
  return (await spine.expectations.register(request, somebody)).expectation.id
}

/** How many transactions what is done takes. */
function counting(spine: Spine) {
  const counted = { transactions: 0 }
  const db = {
    ...spine.db,
    tx: <Result>(...args: Parameters<typeof spine.db.tx<Result>>) => {
      counted.transactions++
      return spine.db.tx(...args)
    },
  }
  return { db, counted }
}

describe('callbacks that prove themselves', () => {
  it('are stored and settle in one transaction, however many come together', async () => {
    await using spine = await setup()
    const ids = await Promise.all(Array.from({ length: 40 }, (_, index) => registered(spine, `k${index}`)))
    const { db, counted } = counting(spine)
    const intake = spine.intakeOn(db)
    await Promise.all(
      ids.map((expectationId, index) =>
        intake.receive(spine.request({ by: 'token', expectationId, id: `ext-${index}`, output: index })),
      ),
    )
    expect(counted.transactions).toBe(1)
    for (const [index, id] of ids.entries()) {
      const shown = await spine.expectations.get(id, { waitMs: 0, signal: AbortSignal.abort() })
      expect(shown).toMatchObject({ state: 'succeeded', outcome: index, externalId: `ext-${index}` })
    }
    expect(await spine.all(`select distinct fate from becket.callback`)).toEqual([{ fate: 'matched' }])
    expect(await spine.wakeups('callback')).toEqual([])
    expect(await spine.wakeups('expectation')).toEqual([])
  })

  it('of one expectation, in one batch, are folded in the order in which they came', async () => {
    await using spine = await setup()
    const id = await registered(spine, 'k', 'ext-1')
    await Promise.all([
      spine.callBack({ id: 'ext-1', status: 'working', eventId: 'e1' }),
      spine.callBack({ id: 'ext-1', status: 'done', eventId: 'e2' }),
      spine.callBack({ id: 'ext-1', status: 'broken', eventId: 'e3' }),
      spine.callBack({ id: 'ext-1', status: 'done', eventId: 'e4' }),
    ])
    expect(await spine.evidence(id)).toEqual([
      'callback:pending:inconclusive',
      'callback:succeeded:settled',
      'callback:failed:contradicting',
      'callback:succeeded:duplicate',
    ])
    expect(await spine.all('select fate from becket.callback order by id')).toEqual(
      ['matched', 'matched', 'late', 'duplicate'].map((fate) => ({ fate })),
    )
  })

  it('carry their jobs on, and leave to the lane what is more than a batch can wait for', async () => {
    await using spine = await setup()
    const worker = spine.worker()
    spine.script.submit = async ({ clientId }) => ({ kind: 'accepted', externalId: `ext-${clientId}` })
    const jobs = await Promise.all(Array.from({ length: 12 }, () => spine.startJob()))
    await worker.drain()
    const waiting = await spine.all<{ external_id: string }>('select external_id from becket.expectation')
    expect(waiting).toHaveLength(12)
    await Promise.all(waiting.map(({ external_id }) => spine.callBack({ id: external_id })))
    const [settled] = await spine.all<{ count: number }>(
      `select count(*)::int from becket.expectation where state = 'succeeded'`,
    )
    expect(settled?.count).toBe(8)
    expect(await spine.wakeups('callback')).toHaveLength(4)
    await worker.drain()
    for (const id of jobs) expect(await spine.job(id)).toMatchObject({ state: 'done' })
  })

  it('that match nothing yet are orphans, and find their expectation when it comes', async () => {
    await using spine = await setup()
    const early = await spine.callBack({ id: 'ext-1' })
    expect(await spine.callback(early)).toMatchObject({ fate: 'orphan', fate_reason: expect.any(String) })
    expect(await spine.wakeups('callback')).toEqual([])
    expect(await spine.count('orphan')).toBe(1)
    const id = await registered(spine, 'k', 'ext-1')
    await spine.worker().drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded' })
  })

  it('with a token of an expectation that is not there are orphans that nobody waits for', async () => {
    await using spine = await setup()
    const lost = await spine.callBack({ by: 'token', expectationId: newId('expectation'), body: '{"status":"done"}' })
    expect(await spine.callback(lost)).toMatchObject({ fate: 'orphan', expectation_id: null })
    expect(await spine.wakeups('callback')).toEqual([])
    expect(await spine.count('orphan')).toBe(0)
  })

  it('and the word that the provider took the work are one move when they come together', async () => {
    await using spine = await setup()
    const id = await registered(spine)
    const commit = spine.commitOn(spine.db)
    const dispatch = { expectationId: id, source: 'parser', externalId: 'ext-1', claim: null, nextLookMs: () => 60_000 }
    const [reported] = await Promise.all([
      commit.report({ kind: 'dispatched', dispatch }),
      spine.intakeWith(commit).receive(spine.request({ by: 'token', expectationId: id, id: 'ext-1' })),
    ])
    expect(reported).toMatchObject({ kind: 'dispatched', expectation: { state: 'registered' } })
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', version: 2, external_id: 'ext-1' })
    expect(await spine.timeline(id)).toEqual(['expectation.registered', 'expectation.waiting', 'expectation.succeeded'])
    expect(await spine.wakeups('expectation')).toEqual([])
  })
})

describe('callbacks that prove nothing', () => {
  it('have the provider asked, in the transaction that stores them', async () => {
    await using spine = await setup()
    const id = await registered(spine, 'k', 'ext-1')
    const callbacks = await Promise.all(
      ['e1', 'e2'].map((eventId) => spine.callBack({ by: 'nothing', id: 'ext-1', eventId })),
    )
    for (const callback of callbacks) {
      const reason = expect.stringContaining('the provider is asked')
      expect(await spine.callback(callback)).toMatchObject({ fate: 'matched', fate_reason: reason, expectation_id: id })
    }
    expect(await spine.expectation(id)).toMatchObject({ state: 'waiting', settled_by: null, external_id: 'ext-1' })
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:inconclusive', 'callback:succeeded:inconclusive'])
    expect(await spine.wakeups('callback')).toEqual([])
    expect((await spine.wakeup('expectation', id))?.dueInMs).toBeLessThanOrEqual(0)
  })

  it('and cannot move their jobs are given their fates at once, however many come together', async () => {
    await using spine = await setup()
    spine.script.submit = async ({ clientId }) => ({ kind: 'accepted', externalId: `ext-${clientId}` })
    await Promise.all(Array.from({ length: 12 }, () => spine.startJob()))
    await spine.worker().drain()
    const waiting = await spine.all<{ external_id: string }>('select external_id from becket.expectation')
    await Promise.all([
      ...waiting.map(({ external_id: id }) => spine.callBack({ by: 'nothing', id })),
      ...waiting.map(({ external_id: id }) => spine.callBack({ id, status: 'working' })),
    ])
    expect(await spine.all('select distinct fate from becket.callback')).toEqual([{ fate: 'matched' }])
    expect(await spine.wakeups('callback')).toEqual([])
  })

  it('and match nothing are orphans, which have the provider asked when their expectation comes', async () => {
    await using spine = await setup()
    const early = await spine.callBack({ by: 'nothing', id: 'ext-1' })
    expect(await spine.callback(early)).toMatchObject({ fate: 'orphan' })
    expect(await spine.wakeups('callback')).toEqual([])
    const id = await registered(spine, 'k', 'ext-1')
    await spine.worker().drain()
    expect(await spine.callback(early)).toMatchObject({ fate: 'matched', expectation_id: id })
    expect(await spine.expectation(id)).toMatchObject({ state: 'waiting' })
    expect(spine.script.checks).toHaveLength(1)
  })
})

describe('what stands in the way of settling', () => {
  it('does not keep a callback from being stored: somebody holds the queue of its sink', async () => {
    const box = createBox({ id: 'a', queue: 'a' })
    await using spine = await setup({ sinks: new Map([['a', box.sink]]) })
    const request = { source: 'parser', operation: 'parse', key: 'k', externalId: 'ext-1', deliverTo: ['a'] }
    const { expectation } = await spine.expectations.register(request, somebody)
    const callback = await spine.db.tx(async (tx) => {
      await wake(tx, { lane: 'outbox', subject: 'a/a', rank: 0, afterMs: 0 }, null)
      return spine.callBack({ id: 'ext-1' })
    })
    expect(await spine.callback(callback)).toMatchObject({ fate: 'received' })
    await spine.worker().drain()
    expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'succeeded' })
    expect(box.taken).toHaveLength(1)
  })

  it('a reader that fails leaves its callback to the lane', async () => {
    await using spine = await setup()
    const id = await registered(spine, 'k', 'ext-1')
    const { read } = spine.source.api
    spine.source.api.read = () => {
      throw new Error('a fault in the reader')
    }
    const callback = await spine.callBack({ id: 'ext-1' })
    expect(await spine.callback(callback)).toMatchObject({ fate: 'received' })
    spine.source.api.read = read
    await spine.worker().drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded' })
  })

  it('is found by halving: what cannot be settled is stored, and the others settle', async () => {
    await using spine = await setup()
    const ids = await Promise.all(['a', 'b', 'c', 'd'].map((key) => registered(spine, key, `ext-${key}`)))
    await spine.db.query(`
      create function becket.refuse() returns trigger language plpgsql as $$
      begin
        if new.external_id = 'ext-c' and new.state = 'succeeded' then
          raise exception 'refused' using errcode = '22023';
        end if;
        return new;
      end $$;
      create trigger refuse before update on becket.expectation for each row execute function becket.refuse();
    `)
    await Promise.all(['a', 'b', 'c', 'd'].map((key) => spine.callBack({ id: `ext-${key}` })))
    const states = await spine.all<{ id: string; state: string }>(
      'select id, state from becket.expectation order by key',
    )
    expect(states).toEqual(ids.map((id, index) => ({ id, state: index === 2 ? 'waiting' : 'succeeded' })))
    expect(await spine.wakeups('callback')).toHaveLength(1)
  })
})

it('a batch without a settler stores, and reads later', async () => {
  await using spine = await setup()
  const commit = createGroupCommit({ db: spine.db, room: noRoom(() => {}) })
  const id = newId('callback')
  await commit.add({
    id,
    source: 'parser',
    receivedAtMs: Date.now(),
    method: 'POST',
    url: '/in/parser',
    headers: [],
    body: Buffer.from('{}'),
    remoteAddress: '192.0.2.1',
    verdict: 'verified',
    verdictReason: null,
    tokenExpectation: null,
    hints: {},
    dedupKey: sha256('one'),
    bodyHash: sha256('two'),
  })
  expect(await spine.callback(id)).toMatchObject({ fate: 'received' })
  await expect(
    commit.report({
      kind: 'dispatched',
      dispatch: { expectationId: id, source: 'parser', externalId: null, claim: null, nextLookMs: () => 1 },
    }),
  ).rejects.toThrow('nobody settles')
})
