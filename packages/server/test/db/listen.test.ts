import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { createSignals } from '../../src/db/listen.ts'
import { silentLog } from '../../src/db/log.ts'
import { createPool } from '../../src/db/pool.ts'
import { type TestDatabase, testDatabase } from '../database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

/** Counts calls, and lets a test wait for the next. */
function counter() {
  let calls = 0
  let wake: () => void = () => {}
  return {
    fn: () => {
      calls++
      wake()
    },
    get calls() {
      return calls
    },
    async until(count: number) {
      while (calls < count) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
  }
}

function signalsOf(db: Db, url = database.url, selfTestMs?: number) {
  return createSignals({ url, db, log: silentLog, ...(selfTestMs === undefined ? {} : { selfTestMs }) })
}

test('a signal of one process reaches the subscribers of its lane in another, and no others', async () => {
  const [one, two] = [signalsOf(database.db), signalsOf(database.db)]
  await Promise.all([one.start(), two.start()])
  expect([one.listening, two.listening]).toEqual([true, true])
  const stages = counter()
  const checks = counter()
  two.subscribe('stage', stages.fn)
  two.subscribe('check', checks.fn)
  await Promise.all([stages.until(1), checks.until(1)]) // the gap before each was listened to
  one.notify('stage')
  await stages.until(2)
  one.notify('check')
  await checks.until(2)
  expect([stages.calls, checks.calls]).toEqual([2, 2])
  await Promise.all([one.stop(), two.stop()])
})

test('a lane of the longest schema still has a channel', async () => {
  const db: Db = { ...database.db, schema: 'x'.repeat(63) }
  const signals = signalsOf(db)
  const heard = counter()
  signals.subscribe('expectation', heard.fn)
  await signals.start()
  await heard.until(1) // the gap before the first connection
  signals.notify('expectation')
  await heard.until(2)
  await signals.stop()
})

test('after the connection broke it listens again, and tells every subscriber of the gap', async () => {
  const signals = signalsOf(database.db)
  await signals.start()
  const heard = counter()
  signals.subscribe('stage', heard.fn)
  await heard.until(1)
  await database.db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
  )
  await heard.until(2)
  expect(signals.listening).toBe(true)
  await signals.stop()
})

test('a path that swallows notifications is found out and said once; the process still hears itself', async () => {
  const warnings: string[] = []
  const log = { ...silentLog, warn: (_facts: object, message: string) => void warnings.push(message) }
  // What a transaction pooler does: the notification leaves by another way than the one listened to.
  const elsewhere = await testDatabase()
  const signals = createSignals({ url: database.url, db: elsewhere.db, log, selfTestMs: 100 })
  await signals.start()
  expect(signals.listening).toBe(false)
  expect(warnings).toHaveLength(1)
  const heard = counter()
  signals.subscribe('stage', heard.fn)
  signals.notify('stage')
  await heard.until(1)
  await signals.stop()
  await elsewhere.drop()
})

test('a database that is away delays nobody and fails nothing', async () => {
  const db = createPool({ url: 'postgres://nobody@127.0.0.1:1/none' })
  const signals = signalsOf(db, 'postgres://nobody@127.0.0.1:1/none')
  await signals.start()
  signals.notify('stage')
  expect(signals.listening).toBe(false)
  await signals.stop()
  await db.close()
})
