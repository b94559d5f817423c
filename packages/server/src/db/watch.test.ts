import { expect, test } from 'vitest'
import type { Db } from './db.ts'
import { createDatabaseWatch } from './watch.ts'

function setup() {
  let isThere = true
  const hanging: (() => void)[] = []
  const db: Db = {
    schema: 'becket',
    async query() {
      if (!isThere) await new Promise<void>((resolve) => hanging.push(resolve))
      return { rows: [], count: 0 }
    },
    tx: () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })),
    close: async () => {},
  }
  let asked = 0
  const watch = createDatabaseWatch({
    patienceMs: 5,
    everyMs: 5,
    async answers() {
      asked += 1
      return isThere
    },
  })
  return {
    db: watch.impatient(db),
    asked: () => asked,
    become(there: boolean) {
      isThere = there
      for (const go of hanging.splice(0)) go()
    },
    stop: watch.stop,
  }
}

const unreachable = { code: 'DATABASE_UNREACHABLE', retryable: true }

test('a database that answers is asked nothing', async () => {
  const { db, asked } = setup()
  expect(await db.query('select 1')).toEqual({ rows: [], count: 0 })
  expect(asked()).toBe(0)
})

test('one that does not is told of to who waits, at once to who comes, and to nobody when it is back', async () => {
  const { db, become, asked, stop } = setup()
  become(false)
  await Promise.all([1, 2].map(() => expect(db.query('select 1')).rejects.toMatchObject(unreachable)))
  const before = asked()
  await expect(db.query('select 1')).rejects.toMatchObject(unreachable)
  expect(asked()).toBe(before)
  become(true)
  await expect.poll(() => db.query('select 1').catch(() => null)).toEqual({ rows: [], count: 0 })
  stop()
})

test('a slow statement is waited for while the database answers others', async () => {
  const { db, become, asked } = setup()
  become(false)
  const slow = db.query('select 1')
  // It answers the question, and not yet the statement.
  const hanging = new Promise<void>((resolve) => setImmediate(resolve))
  await hanging
  become(true)
  expect(await slow).toEqual({ rows: [], count: 0 })
  expect(asked()).toBe(0)
})

test('a lost connection makes it ask', async () => {
  const { db, asked } = setup()
  await expect(db.tx(async () => {})).rejects.toThrow('refused')
  expect(asked()).toBe(1)
})
