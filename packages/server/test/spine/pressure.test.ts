/** What the short ways must stand: many at once, somebody who holds a lock, and who asks twice. */
import { describe, expect, it } from 'vitest'
import { keyHash } from '../../src/core/correlation.ts'
import type { Tx } from '../../src/db/db.ts'
import { createWatermark } from '../../src/engine/watermark.ts'
import { noWait } from '../../src/services/principal.ts'
import { lockCorrelations } from '../../src/store/correlation-locks.ts'
import { shareRoom } from '../../src/store/held-back.ts'
import { claimWakeups } from '../../src/store/wakeup-claims.ts'
import { renewLeases, wake } from '../../src/store/wakeups.ts'
import { createBox } from './box.ts'
import { deferred } from './script.ts'
import { MINUTE, type Spine, setup, somebody } from './setup.ts'

const request = { source: 'parser', operation: 'parse', key: 'k', submit: true } as const

async function registered(spine: Spine, key: string, externalId?: string): Promise<string> {
  const asked = { source: 'parser', operation: 'parse', key, externalId }
  return (await spine.expectations.register(asked, somebody)).expectation.id
}

describe('a registration that is asked for twice', () => {
  it('is the one that is there, where the provider has as much in hand as it may', async () => {
    await using spine = await setup({ concurrency: 1 })
    const { expectation } = await spine.expectations.register(request, somebody)
    const again = await spine.expectations.register(request, somebody)
    expect(again).toMatchObject({ created: false, expectation: { id: expectation.id } })
  })

  it('is the one that is there, while its provider is left alone', async () => {
    await using spine = await setup()
    spine.script.submit = async ({ key }) =>
      key === 'k'
        ? { kind: 'accepted', externalId: 'ext-1' }
        : { kind: 'unclear', error: { code: 'TIMEOUT', message: 'no answer in time', retryable: true } }
    const { expectation } = await spine.expectations.register(request, somebody)
    const others = Array.from({ length: 10 }, (_, index) => ({ ...request, key: `other-${index}` }))
    for (const other of others) await spine.expectations.register(other, somebody).catch(() => {})
    await expect(spine.expectations.register({ ...request, key: 'new' }, somebody)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
    const again = await spine.expectations.register(request, somebody)
    expect(again).toMatchObject({ created: false, expectation: { id: expectation.id } })
  })
})

it('a thousand who ask how an expectation stands are all answered', async () => {
  await using spine = await setup()
  const id = await registered(spine, 'k')
  const shown = await Promise.all(Array.from({ length: 1_000 }, () => spine.expectations.get(id, noWait)))
  expect(new Set(shown.map((one) => one?.state))).toEqual(new Set(['registered']))
})

it('a thousand who wait for one end hear of it', async () => {
  await using spine = await setup()
  const id = await registered(spine, 'k', 'ext-1')
  const get = () => spine.expectations.get(id, { waitMs: MINUTE, signal: new AbortController().signal })
  const shown = Promise.all(Array.from({ length: 1_000 }, get))
  await spine.callBack({ id: 'ext-1' })
  expect(new Set((await shown).map((one) => one?.state))).toEqual(new Set(['succeeded']))
})

it('an expectation that somebody holds keeps nobody else’s callback from being answered', async () => {
  await using spine = await setup()
  const held = await registered(spine, 'held')
  const free = await registered(spine, 'free', 'ext-free')
  const commit = spine.commitOn(spine.db)
  const intake = spine.intakeWith(commit)
  const release = deferred<void>()
  const locked = deferred<void>()
  const holder = spine.db.tx(async (tx) => {
    await tx.query('select from becket.expectation where id = $1 for update', [held])
    locked.resolve()
    await release.promise
  })
  await locked.promise
  const dispatch = { expectationId: held, source: 'parser', externalId: 'ext-1', claim: null, nextLookMs: () => MINUTE }
  const reported = commit.report({ kind: 'dispatched', dispatch })
  const answer = await intake.receive(spine.request({ id: 'ext-free' }))
  expect(answer.status).toBe(200)
  release.resolve()
  await holder
  expect(await reported).toMatchObject({ kind: 'dispatched' })
  await commit.drain()
  expect(await spine.expectation(held)).toMatchObject({ state: 'waiting', external_id: 'ext-1' })
  await spine.worker().drain()
  expect(await spine.expectation(free)).toMatchObject({ state: 'succeeded' })
})

it('leases are renewed beside one that somebody has locked, which is not lost for that', async () => {
  await using spine = await setup()
  for (const key of ['a', 'b']) await registered(spine, key)
  await spine.pass(10 * MINUTE)
  const claims = await spine.worker().claim('expectation')
  const [one, other] = claims
  if (one === undefined || other === undefined) throw new Error('two were not due')
  await spine.db.tx(async (tx) => {
    await tx.query('select from becket.wakeup where subject = $1 for update', [one.subject])
    expect(await renewLeases(spine.db, claims)).toEqual(new Set([one.fence, other.fence]))
  })
})

it('what was due and locked while a lane looked is found at the next look', async () => {
  await using spine = await setup()
  const id = await registered(spine, 'k')
  await spine.pass(10 * MINUTE)
  const watermark = createWatermark({ ranks: [0] })
  const look = async () => {
    const ranks = watermark.reach()
    const looked = await claimWakeups(spine.db, {
      lane: 'expectation',
      ranks,
      limit: 5,
      owner: 'ins_one',
      aheadMs: 1_000,
    })
    watermark.note(looked, 5)
    return looked.found.map(({ subject }) => subject)
  }
  await spine.db.tx(async (tx) => {
    await wake(tx, { lane: 'expectation', subject: id, rank: 0, afterMs: 0 }, null)
    expect(await look()).toEqual([])
  })
  expect(await look()).toEqual([id])
})

it('results of one batch take their queues in the order in which everybody takes them', async () => {
  const boxes = ['a', 'b'].map((id) => createBox({ id, queue: id }))
  await using spine = await setup({ sinks: new Map(boxes.map((box) => [box.sink.id, box.sink])) })
  const asked = { source: 'parser', operation: 'parse' }
  for (const [key, sink] of ['b', 'a'].entries()) {
    const request = { ...asked, key: `k${key}`, externalId: `ext-${sink}`, deliverTo: [sink] }
    await spine.expectations.register(request, somebody)
  }
  await spine.db.query(`
    create table becket.taken (number bigint generated always as identity, subject text);
    create function becket.note() returns trigger language plpgsql as $$
    begin
      insert into becket.taken (subject) values (new.subject);
      return null;
    end $$;
    create trigger note after insert on becket.wakeup for each row when (new.lane = 'outbox') execute function becket.note();
  `)
  await Promise.all(['b', 'a'].map((sink) => spine.callBack({ id: `ext-${sink}` })))
  expect(await spine.all('select subject from becket.taken order by number')).toEqual([
    { subject: 'a/a' },
    { subject: 'b/b' },
  ])
  await spine.worker().drain()
  expect(boxes.map(({ taken }) => taken.length)).toEqual([1, 1])
})

it('a registration that waits for who has its key holds up nobody who gives room back', async () => {
  await using spine = await setup({ concurrency: 2 })
  const release = deferred<void>()
  const locked = deferred<void>()
  const hold = async (tx: Tx) => {
    await lockCorrelations(tx, [keyHash('parser', 'parse', 'k')])
    await tx.query('select 1')
    locked.resolve()
    await release.promise
    await shareRoom(tx, [{ source: 'parser', operation: 'parse' }])
  }
  const holder = spine.db.tx(hold, { lockTimeoutMs: 300 })
  await locked.promise
  const registering = spine.expectations.register(request, somebody)
  const waiting = `select 1 from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`
  await expect.poll(() => spine.all(waiting)).toHaveLength(1)
  release.resolve()
  await holder
  expect(await registering).toMatchObject({ created: true, expectation: { state: 'waiting' } })
})

it('a callback whose provider’s id is learned in the batch that brings it finds its expectation', async () => {
  await using spine = await setup()
  const [told, called] = [await registered(spine, 'told'), await registered(spine, 'called')]
  const commit = spine.commitOn(spine.db)
  const intake = spine.intakeWith(commit)
  const dispatch = { expectationId: told, source: 'parser', externalId: 'ext-1', claim: null, nextLookMs: () => MINUTE }
  await Promise.all([
    intake.receive(spine.request({ id: 'ext-1', eventId: 'e1' })),
    commit.report({ kind: 'dispatched', dispatch }),
    intake.receive(spine.request({ id: 'ext-2', eventId: 'e2' })),
    intake.receive(spine.request({ by: 'token', expectationId: called, id: 'ext-2', eventId: 'e3' })),
  ])
  await spine.worker().drain()
  expect(await spine.expectation(told)).toMatchObject({ state: 'succeeded' })
  expect(await spine.evidence(called)).toHaveLength(2)
  expect(await spine.count('orphan')).toBe(0)
})
