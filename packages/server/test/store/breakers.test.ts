import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { createPool } from '../../src/db/pool.ts'
import { silentLog } from '../../src/observe/log.ts'
import { createBreakers } from '../../src/store/breakers.ts'
import { type TestDatabase, testDatabase } from '../database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => {
  await database.drop()
})

/** Two processes on one database: each with its own copies, and with a clock that moves by hand. */
function setup() {
  const name = `storage-${crypto.randomUUID()}`
  let clockMs = 1000
  let statements = 0
  const db: Db = {
    ...database.db,
    query: (text, values) => {
      statements++
      return database.db.query(text, values)
    },
    tx: (work, options) => {
      statements++
      return database.db.tx(work, options)
    },
  }
  const make = () => createBreakers({ db, log: silentLog, now: () => 5_000_000 + clockMs, clock: () => clockMs })
  const [here, there] = [make(), make()]
  return {
    name,
    here,
    there,
    one: here.gate(name),
    two: there.gate(name),
    statements: () => statements,
    now: () => 5_000_000 + clockMs,
    wait: (ms: number) => {
      clockMs += ms
    },
    /** Moves the row into the past instead of waiting for the database's clock, and lets the copies grow old. */
    age: async (ms: number) => {
      clockMs += ms
      await database.db.query(
        `update becket.breaker set opened_at = opened_at - $2 * interval '1 ms',
           retry_at = retry_at - $2 * interval '1 ms', trial_until = trial_until - $2 * interval '1 ms' where name = $1`,
        [name, ms],
      )
    },
    row: async () => (await here.list()).find((row) => row.name === name),
  }
}

type Bundle = ReturnType<typeof setup>

async function openIt({ one }: Bundle): Promise<void> {
  for (let count = 0; count < 5; count++) await one.faulted('the storage answered 503')
}

describe('breakers shared through the database', () => {
  it('opens for every process after five faults, wherever they were met', async () => {
    const bundle = setup()
    await bundle.one.faulted('a')
    await bundle.two.faulted('b')
    await bundle.one.faulted('c')
    await bundle.two.faulted('d')
    expect(await bundle.row()).toMatchObject({ state: 'closed', failures: 4, openedCount: 0 })
    expect(await bundle.one.faulted('the last straw')).toMatchObject({ kind: 'refused', reason: 'the last straw' })
    bundle.wait(1000)
    const refused = await bundle.two.admit()
    expect(refused).toMatchObject({ kind: 'refused', reason: 'the last straw' })
    expect(await bundle.row()).toMatchObject({ state: 'open', failures: 5, openedCount: 1 })
  })

  it('says the time of the next try on the caller’s own clock', async () => {
    const bundle = setup()
    await openIt(bundle)
    const refused = await bundle.one.admit()
    if (refused.kind !== 'refused') throw new Error('it must refuse')
    const waitMs = refused.retryAtMs - bundle.now()
    expect(waitMs).toBeGreaterThan(59_000)
    expect(waitMs).toBeLessThanOrEqual(60_001)
  })

  it('costs no SQL while all is well', async () => {
    const bundle = setup()
    await bundle.one.admit()
    const before = bundle.statements()
    for (let count = 0; count < 1000; count++) {
      await bundle.one.admit()
      await bundle.one.succeeded()
    }
    expect(bundle.statements()).toBe(before)
    bundle.wait(5000)
    await Promise.all(Array.from({ length: 50 }, () => bundle.one.admit()))
    expect(bundle.statements()).toBe(before + 1)
  })

  it('costs no SQL while it is open, beyond one look a second', async () => {
    const bundle = setup()
    await openIt(bundle)
    const before = bundle.statements()
    for (let count = 0; count < 100; count++) {
      await bundle.one.admit()
      await bundle.one.faulted('a straggler')
      await bundle.one.succeeded()
    }
    expect(bundle.statements()).toBe(before)
  })

  it('admits one trial among many askers in several processes', async () => {
    const bundle = setup()
    await openIt(bundle)
    // Both processes look just before the time has come: then each believes itself that a trial is due.
    await bundle.age(59_500)
    expect([(await bundle.one.admit()).kind, (await bundle.two.admit()).kind]).toEqual(['refused', 'refused'])
    await bundle.age(500)
    const gates = Array.from({ length: 30 }, (_, index) => (index % 2 === 0 ? bundle.one : bundle.two))
    const answers = await Promise.all(gates.map((gate) => gate.admit()))
    expect(answers.filter((answer) => answer.kind === 'admitted')).toEqual([{ kind: 'admitted', trial: true }])
    expect(await bundle.row()).toMatchObject({ state: 'half-open' })
  })

  it('is closed for all by the success of the trial', async () => {
    const bundle = setup()
    await openIt(bundle)
    await bundle.age(60_000)
    expect(await bundle.one.admit()).toEqual({ kind: 'admitted', trial: true })
    expect((await bundle.two.admit()).kind).toBe('refused')
    await bundle.one.succeeded()
    bundle.wait(1000)
    expect(await bundle.two.admit()).toEqual({ kind: 'admitted', trial: false })
    expect(await bundle.row()).toMatchObject({ state: 'closed', failures: 0, openedCount: 1, reason: null })
  })

  it('is opened for another minute by the fault of the trial, in the same episode', async () => {
    const bundle = setup()
    await openIt(bundle)
    await bundle.age(60_000)
    await bundle.one.admit()
    expect(await bundle.one.faulted('still away')).toMatchObject({ kind: 'refused', reason: 'still away' })
    expect(await bundle.row()).toMatchObject({ state: 'open', failures: 6, openedCount: 1, reason: 'still away' })
    await bundle.age(59_000)
    expect((await bundle.two.admit()).kind).toBe('refused')
    await bundle.age(1_000)
    expect(await bundle.two.admit()).toEqual({ kind: 'admitted', trial: true })
  })

  it('is decided by the holder of the trial, not by stragglers elsewhere', async () => {
    const bundle = setup()
    await openIt(bundle)
    await bundle.age(60_000)
    await bundle.one.admit()
    await bundle.two.admit()
    await bundle.two.succeeded()
    await bundle.two.faulted('a straggler')
    expect(await bundle.row()).toMatchObject({ state: 'half-open', failures: 5 })
  })

  it('lets another process try when the holder of the trial died, and ignores the dead one’s answer', async () => {
    const bundle = setup()
    await openIt(bundle)
    await bundle.age(60_000)
    await bundle.one.admit()
    await bundle.age(90_000)
    expect(await bundle.two.admit()).toEqual({ kind: 'admitted', trial: true })
    await bundle.one.faulted('risen from the dead')
    expect(await bundle.row()).toMatchObject({ state: 'half-open', reason: 'the storage answered 503' })
    await bundle.two.succeeded()
    expect(await bundle.row()).toMatchObject({ state: 'closed' })
  })

  it('loses no fault when many come at once from two processes', async () => {
    const bundle = setup()
    const faults = [bundle.one, bundle.two, bundle.one, bundle.two].map((gate) => gate.faulted('down'))
    await Promise.all(faults)
    expect(await bundle.row()).toMatchObject({ state: 'closed', failures: 4 })
  })

  it('forgets faults at a success, also those another process met', async () => {
    const bundle = setup()
    await bundle.one.admit()
    for (let count = 0; count < 4; count++) await bundle.two.faulted('down')
    bundle.wait(5000)
    await bundle.one.admit()
    await bundle.one.succeeded()
    expect(await bundle.row()).toMatchObject({ state: 'closed', failures: 0 })
  })

  it('obeys an operator: held open, one trial now, closed', async () => {
    const bundle = setup()
    await bundle.one.admit()
    await bundle.there.override(bundle.name, 'open', 'moving the bucket')
    await bundle.age(600_000)
    expect(await bundle.one.admit()).toMatchObject({ kind: 'refused', reason: 'moving the bucket' })
    expect(await bundle.row()).toMatchObject({ state: 'open', retryAtMs: null, openedCount: 0 })
    await bundle.there.override(bundle.name, 'half-open', 'see whether it is back')
    bundle.wait(1000)
    expect(await bundle.one.admit()).toEqual({ kind: 'admitted', trial: true })
    await bundle.there.override(bundle.name, 'closed', 'it is back')
    expect(await bundle.two.admit()).toEqual({ kind: 'admitted', trial: false })
  })

  it('keeps reasons that PostgreSQL would refuse', async () => {
    const bundle = setup()
    await bundle.one.faulted(`a\0b\ud800${'x'.repeat(2000)}`)
    expect((await bundle.row())?.reason).toMatch(/^a b/)
  })

  it('goes by what it knows when the database is away, and fails nobody', async () => {
    // Port 1 of this machine: nothing listens there.
    const away = createPool({ url: 'postgres://nobody@127.0.0.1:1/none' })
    const gate = createBreakers({ db: away, log: silentLog }).gate('storage')
    expect(await gate.admit()).toEqual({ kind: 'admitted', trial: false })
    expect(await gate.faulted('down')).toBeNull()
    await gate.succeeded()
    await away.close()
  })
})
