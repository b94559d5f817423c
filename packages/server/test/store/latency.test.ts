import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BINS, emptyLatency, observe } from '../../src/core/latency.ts'
import { addLearned, forgetLearned, type LearnedOf, readLearned } from '../../src/store/latency.ts'
import { type TestDatabase, testDatabase } from '../database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => {
  await database.drop()
})

function place() {
  return { source: crypto.randomUUID(), operation: 'parse' }
}

/** So many ends after 10 s, and so many callbacks. */
function seen(at: { source: string; operation: string }, ends: number, { lost = 0, arrived = 0 } = {}): LearnedOf {
  let latency = emptyLatency()
  for (let end = 0; end < ends; end++) latency = observe(latency, { kind: 'exact', afterMs: 10_000 })
  return { ...at, latency, loss: { lost, arrived }, observations: ends }
}

async function learnedOf({ source }: { source: string }): Promise<LearnedOf | undefined> {
  return (await readLearned(database.db)).find((row) => row.source === source)
}

async function age(at: { source: string }, days: number): Promise<void> {
  await database.db.query(`update becket.latency set faded_at = faded_at - $2 * interval '1 day' where source = $1`, [
    at.source,
    days,
  ])
}

describe('what was learned', () => {
  it('adds up what several processes saw at once', async () => {
    const here = place()
    const there = place()
    const rounds = Array.from({ length: 8 }, () => [
      addLearned(database.db, [seen(here, 3, { arrived: 3 }), seen(there, 1, { lost: 1 })]),
      addLearned(database.db, [seen(there, 1, { lost: 1 }), seen(here, 3, { arrived: 3 })]),
    ])
    await Promise.all(rounds.flat())
    const learned = await learnedOf(here)
    expect(learned?.observations).toBeCloseTo(48, 1)
    expect(learned?.loss.arrived).toBeCloseTo(48, 1)
    expect(learned?.latency.events.reduce((sum, n) => sum + n, 0)).toBeCloseTo(48, 1)
    expect(learned?.latency.atRisk[0]).toBeCloseTo(48, 1)
    expect((await learnedOf(there))?.loss.lost).toBeCloseTo(16, 1)
  })

  it('fades with time, callbacks sooner than times', async () => {
    const at = place()
    await addLearned(database.db, [seen(at, 10, { lost: 8 })])
    await age(at, 14)
    const learned = await learnedOf(at)
    expect(learned?.observations).toBeCloseTo(5, 1)
    expect(learned?.latency.atRisk[0]).toBeCloseTo(5, 1)
    expect(learned?.loss.lost).toBeCloseTo(8 / 128, 2)
  })

  it('comes to the same whether it is added before or after others faded', async () => {
    const [one, other] = [place(), place()]
    await addLearned(database.db, [seen(one, 10)])
    await age(one, 7)
    await addLearned(database.db, [seen(one, 10)])
    await addLearned(database.db, [seen(other, 10)])
    await age(other, 7)
    await addLearned(database.db, [seen(other, 6)])
    await addLearned(database.db, [seen(other, 4)])
    const [first, second] = [await learnedOf(one), await learnedOf(other)]
    expect(first?.observations).toBeCloseTo(second?.observations ?? 0, 3)
    expect(first?.latency.atRisk[20]).toBeCloseTo(second?.latency.atRisk[20] ?? 0, 3)
  })

  it('lets what is new crowd out what is old, so that a change is soon seen', async () => {
    const at = place()
    await addLearned(database.db, [seen(at, 0, { arrived: 100_000 })])
    await addLearned(database.db, [seen(at, 0, { lost: 100 })])
    const learned = await learnedOf(at)
    expect(learned?.loss.lost).toBeCloseTo(100, 1)
    expect(learned?.loss.arrived).toBeCloseTo(100, 0)
  })

  it('takes back a loss that was none, and never counts below nothing', async () => {
    const at = place()
    await addLearned(database.db, [seen(at, 0, { lost: 2, arrived: 1 })])
    await addLearned(database.db, [seen(at, 0, { lost: -1, arrived: 1 })])
    expect((await learnedOf(at))?.loss.lost).toBeCloseTo(1, 2)
    await addLearned(database.db, [seen(at, 0, { lost: -5, arrived: 5 })])
    expect((await learnedOf(at))?.loss.lost).toBe(0)
  })

  it('begins anew where another release counted in other bins', async () => {
    const at = place()
    await database.db.query(
      `insert into becket.latency (source, operation, events, at_risk, observations, lost, arrived)
       values ($1, 'parse', '{1,2}', '{3,2}', 3, 1, 1)`,
      [at.source],
    )
    expect(await learnedOf(at)).toBeUndefined()
    await addLearned(database.db, [seen(at, 2)])
    const learned = await learnedOf(at)
    expect(learned?.latency.events).toHaveLength(BINS)
    expect(learned?.observations).toBeCloseTo(2, 2)
  })

  it('forgets what nobody added to for months', async () => {
    const at = place()
    await addLearned(database.db, [seen(at, 2)])
    await age(at, 121)
    await forgetLearned(database.db)
    expect(await learnedOf(at)).toBeUndefined()
  })
})
