/** The learned plan on real rows: what ends is remembered by all, and moves the next check. */
import { expect, it } from 'vitest'
import { binOf } from '../../src/core/latency.ts'
import { learnedPlan } from '../../src/core/poll-plan.ts'
import { createCheckBudgets } from '../../src/engine/check-budgets.ts'
import { silentLog } from '../../src/observe/log.ts'
import { readLearned } from '../../src/store/latency.ts'
import { createPaces } from '../../src/store/pace.ts'
import { testDatabase } from '../database.ts'
import { HOUR, MINUTE, type Spine, setup, somebody } from './setup.ts'

const SECOND = 1_000
// Past the time within which a callback may still come.
const GRACE = 65 * SECOND

/** So many that the provider took just now. */
async function waiting(spine: Spine, count: number, name: string): Promise<{ id: string; externalId: string }[]> {
  const made = []
  for (let index = 0; index < count; index++) {
    const externalId = `${name}-${index}`
    const asked = { source: 'parser', operation: 'parse', key: externalId, externalId }
    made.push({ id: (await spine.expectations.register(asked, somebody)).expectation.id, externalId })
  }
  return made
}

/** The provider calls back about each after so long. */
async function arrive(spine: Spine, count: number, name: string, afterMs: number): Promise<void> {
  const expected = await waiting(spine, count, name)
  await spine.pass(afterMs)
  for (const { externalId } of expected) await spine.callBack({ id: externalId })
  await spine.worker().drain()
}

/** No callback comes about any; asking finds each, after so long. */
async function getLost(spine: Spine, count: number, name: string) {
  const expected = await waiting(spine, count, name)
  spine.script.check = async () => ({ kind: 'outcome', outcome: { verdict: 'succeeded', output: {} } })
  await spine.pass(6 * MINUTE)
  await spine.worker().drain()
  return expected
}

async function firstCheck(spine: Spine, name: string): Promise<{ afterMs: number; why: string }> {
  const [{ id } = { id: '' }] = await waiting(spine, 1, name)
  const shown = await spine.expectations.get(id, { waitMs: 0, signal: AbortSignal.abort() })
  if (shown?.nextCheckAt == null || shown.nextCheckWhy === null) throw new Error('no check is to come')
  return { afterMs: Date.parse(shown.nextCheckAt) - Date.parse(shown.registeredAt), why: shown.nextCheckWhy }
}

it('asks as the operation says while nothing was learned, then by the times it saw, and sooner once callbacks get lost', async () => {
  await using spine = await setup({ plan: learnedPlan, expectWithinMs: 20 * MINUTE, deadlineMs: 5 * HOUR })
  const cold = await firstCheck(spine, 'cold')
  expect(cold.afterMs).toBeGreaterThan(19 * MINUTE)

  // Some is done soon and some late: whether asking in between pays is a matter of what is lost.
  await arrive(spine, 15, 'soon', 20 * SECOND)
  await arrive(spine, 15, 'late', 3 * MINUTE)
  await spine.learning.turn()
  const warm = await firstCheck(spine, 'warm')
  expect(warm.why).toMatch(/callbacks are lost/)

  await getLost(spine, 30, 'lost')
  await spine.pass(GRACE)
  await spine.learning.turn()
  const wary = await firstCheck(spine, 'wary')
  expect(wary.afterMs).toBeLessThan(0.9 * warm.afterMs)
  const [learned] = await readLearned(spine.db)
  expect(learned?.loss.lost).toBeGreaterThan(25)
  expect(learned?.loss.arrived).toBeCloseTo(30, 0)
})

it('knows after a restart, and from other processes, what was seen', async () => {
  await using spine = await setup({ plan: learnedPlan })
  const [here, there] = [spine.learner(), spine.learner()]
  const heard = { kind: 'heard', source: 'parser', operation: 'parse', afterMs: 40 * SECOND } as const
  for (let end = 0; end < 5; end++) here.note(heard)
  for (let end = 0; end < 7; end++) there.note(heard)
  await Promise.all([here.turn(), there.turn()])
  const restarted = spine.learner()
  expect(restarted.tableFor('parser', 'parse', learnedPlan).isCold).toBe(true)
  await restarted.turn()
  expect(restarted.tableFor('parser', 'parse', learnedPlan).isCold).toBe(false)
  expect((await readLearned(spine.db))[0]?.observations).toBeCloseTo(12, 1)
})

it('writes down at the stop what it saw last', async () => {
  await using spine = await setup()
  const learner = spine.learner()
  await learner.start()
  learner.note({ kind: 'heard', source: 'parser', operation: 'parse', afterMs: 1 })
  await learner.stop()
  expect((await readLearned(spine.db))[0]?.loss.arrived).toBeCloseTo(1, 3)
})

it('counts a callback as lost only when its time has passed, and takes that back when it comes all the same', async () => {
  await using spine = await setup({ plan: learnedPlan })
  const [lost] = await getLost(spine, 1, 'lost')
  await spine.learning.turn()
  expect(await readLearned(spine.db)).toEqual([])
  await spine.pass(GRACE)
  await spine.learning.turn()
  expect((await readLearned(spine.db))[0]?.loss).toMatchObject({ lost: expect.closeTo(1, 3), arrived: 0 })

  await spine.callBack({ id: lost?.externalId })
  // A repeated one says nothing new.
  await spine.callBack({ id: lost?.externalId, eventId: 'again', output: { again: true } })
  await spine.worker().drain()
  await spine.learning.turn()
  expect((await readLearned(spine.db))[0]?.loss.lost).toBeCloseTo(0, 3)
  expect((await readLearned(spine.db))[0]?.loss.arrived).toBeCloseTo(1, 3)
})

it('counts a callback that comes a moment after the outcome was found as arrived', async () => {
  await using spine = await setup({ plan: learnedPlan })
  const [slow] = await getLost(spine, 1, 'slow')
  await spine.pass(5 * SECOND)
  await spine.callBack({ id: slow?.externalId })
  await spine.worker().drain()
  await spine.pass(GRACE)
  await spine.learning.turn()
  expect((await readLearned(spine.db))[0]?.loss).toMatchObject({ lost: 0, arrived: expect.closeTo(1, 3) })
})

it('takes the time of what asking found from between the last two checks', async () => {
  await using spine = await setup({ plan: learnedPlan, expectWithinMs: 10 * MINUTE, deadlineMs: 5 * HOUR })
  await waiting(spine, 1, 'found')
  await spine.pass(10 * MINUTE)
  await spine.worker().drain()
  expect(spine.script.checks).toHaveLength(1)
  spine.script.check = async () => ({ kind: 'outcome', outcome: { verdict: 'succeeded', output: {} } })
  await spine.pass(10 * MINUTE)
  await spine.worker().drain()
  await spine.pass(GRACE)
  await spine.learning.turn()
  const [learned] = await readLearned(spine.db)
  const ended = learned?.latency.events.flatMap((events, bin) => (events > 0.001 ? [bin] : [])) ?? []
  expect(Math.min(...ended)).toBeGreaterThanOrEqual(binOf(9 * MINUTE))
  expect(Math.max(...ended)).toBeLessThanOrEqual(binOf(21 * MINUTE))
})

it('asks no more than the budget allows, and puts off the rest', async () => {
  const database = await testDatabase()
  const paces = createPaces({ db: database.db, log: silentLog })
  const budgets = createCheckBudgets({ perMinuteOf: () => 60, pace: paces.gate, random: () => 0.5 })
  await using spine = await setup({ budgets, deadlineMs: 5 * HOUR })
  const expected = await waiting(spine, 20, 'many')
  await spine.pass(6 * MINUTE)
  await spine.worker().drain()
  expect(spine.script.checks.length).toBeGreaterThanOrEqual(6)
  expect(spine.script.checks.length).toBeLessThan(12)
  const { rows } = await spine.db.query(`select 1 from becket.wakeup where lane = 'expectation'`)
  expect(rows).toHaveLength(expected.length)
  await database.drop()
})

it('asks once more at the deadline, whatever the budget', async () => {
  const budgets = { take: async () => 60_000, pressure: () => 1 }
  await using spine = await setup({ budgets, deadlineMs: HOUR })
  await waiting(spine, 1, 'last')
  await spine.pass(6 * MINUTE)
  await spine.worker().drain()
  expect(spine.script.checks).toHaveLength(0)
  await spine.pass(HOUR)
  await spine.worker().drain()
  expect(spine.script.checks).toHaveLength(1)
})
