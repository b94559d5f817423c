/** What is told of one expectation by several at once: in which transactions it travels, and in which order. */
import { expect, it } from 'vitest'
import { deferred } from './script.ts'
import { MINUTE, type Spine, setup, somebody } from './setup.ts'

async function registered(spine: Spine, key: string): Promise<string> {
  return (await spine.expectations.register({ source: 'parser', operation: 'parse', key }, somebody)).expectation.id
}

const dispatched = (expectationId: string, externalId: string | null) =>
  ({
    kind: 'dispatched',
    dispatch: { expectationId, source: 'parser', externalId, claim: null, nextLookMs: () => MINUTE },
  }) as const

/** The first transaction goes no further than before its commit, until it is let go. */
function holdingTheFirst(spine: Spine) {
  const [written, release] = [deferred<void>(), deferred<void>()]
  let transactions = 0
  const db = {
    ...spine.db,
    tx: <Result>(...[work, options]: Parameters<typeof spine.db.tx<Result>>) => {
      const number = ++transactions
      return spine.db.tx(async (tx) => {
        const result = await work(tx)
        if (number > 1) return result
        written.resolve()
        await release.promise
        return result
      }, options)
    },
  }
  return { db, written: written.promise, release: () => release.resolve(), transactions: () => transactions }
}

// More than makes a batch leave beside another one.
const MANY = 70

it('a callback waits for the word that its provider took the work, and holds up nobody meanwhile', async () => {
  await using spine = await setup()
  const id = await registered(spine, 'k')
  const others = await Promise.all(Array.from({ length: MANY }, (_, index) => registered(spine, `other-${index}`)))
  const held = holdingTheFirst(spine)
  const commit = spine.commitOn(held.db)
  const intake = spine.intakeWith(commit)
  const reported = commit.report(dispatched(id, 'ext-1'))
  await held.written
  // By its provider's id alone, which nobody can read yet.
  const late = intake.receive(spine.request({ id: 'ext-1' }))
  await Promise.all(
    others.map((expectationId, index) =>
      intake.receive(spine.request({ by: 'token', expectationId, id: `other-${index}` })),
    ),
  )
  expect(held.transactions()).toBe(2)
  const waiting = `select 1 from pg_locks where not granted
    and database = (select oid from pg_database where datname = current_database())`
  expect(await spine.all(waiting)).toEqual([])
  held.release()
  await Promise.all([reported, late])
  expect(held.transactions()).toBe(3)
  expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded' })
  expect(await spine.timeline(id)).toEqual(['expectation.registered', 'expectation.waiting', 'expectation.succeeded'])
  expect(await spine.count('orphan')).toBe(0)
})

it('what is told of one expectation while a batch is on its way travels together, and moves it once', async () => {
  await using spine = await setup()
  const [first, id] = [await registered(spine, 'first'), await registered(spine, 'k')]
  const held = holdingTheFirst(spine)
  const commit = spine.commitOn(held.db)
  const intake = spine.intakeWith(commit)
  const all: Promise<unknown>[] = [commit.report(dispatched(first, null))]
  await held.written
  all.push(commit.report(dispatched(id, 'ext-1')))
  all.push(intake.receive(spine.request({ by: 'token', expectationId: id, id: 'ext-1' })))
  expect(commit.pending).toBe(3)
  const drained = commit.drain()
  held.release()
  await Promise.all([...all, drained])
  expect([held.transactions(), commit.pending]).toEqual([2, 0])
  expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', version: 2 })
})

it('two callbacks of one expectation, one by its token and one by its provider’s id, are never under way at once', async () => {
  await using spine = await setup()
  const id = await registered(spine, 'k')
  const others = await Promise.all(Array.from({ length: MANY }, (_, index) => registered(spine, `other-${index}`)))
  const held = holdingTheFirst(spine)
  const intake = spine.intakeOn(held.db)
  const byToken = intake.receive(spine.request({ by: 'token', expectationId: id, id: 'ext-1', eventId: 'e1' }))
  await held.written
  const byId = intake.receive(spine.request({ id: 'ext-1', eventId: 'e2' }))
  await Promise.all(
    others.map((expectationId, index) =>
      intake.receive(spine.request({ by: 'token', expectationId, id: `other-${index}` })),
    ),
  )
  expect(held.transactions()).toBe(2)
  held.release()
  await Promise.all([byToken, byId])
  expect(await spine.evidence(id)).toEqual(['callback:succeeded:settled', 'callback:succeeded:duplicate'])
})

it('a repeat of what nobody can read waits for the first, and holds up nobody', async () => {
  await using spine = await setup()
  const others = await Promise.all(Array.from({ length: MANY }, (_, index) => registered(spine, `other-${index}`)))
  const held = holdingTheFirst(spine)
  const intake = spine.intakeOn(held.db)
  const unreadable = () => intake.receive(spine.request({ body: 'no JSON' }))
  const all: Promise<unknown>[] = [unreadable()]
  await held.written
  all.push(unreadable())
  await Promise.all(
    others.map((expectationId, index) =>
      intake.receive(spine.request({ by: 'token', expectationId, id: `other-${index}` })),
    ),
  )
  expect(held.transactions()).toBe(2)
  held.release()
  await Promise.all(all)
  expect(await spine.all(`select fate from becket.callback where body = 'no JSON' order by id`)).toEqual([
    { fate: 'received' },
    { fate: 'duplicate' },
  ])
})
