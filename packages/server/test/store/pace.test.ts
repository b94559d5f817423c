import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPool } from '../../src/db/pool.ts'
import { silentLog } from '../../src/observe/log.ts'
import { createPaces } from '../../src/store/pace.ts'
import { type TestDatabase, testDatabase } from '../database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => {
  await database.drop()
})

/** Two processes on one database. */
function setup() {
  const name = `source:${crypto.randomUUID()}`
  const make = () => createPaces({ db: database.db, log: silentLog })
  return { name, here: make(), there: make() }
}

describe('paces shared through the database', () => {
  it('gives all processes together no more than a burst at once', async () => {
    const { name, here, there } = setup()
    const rate = { perSecond: 0.1, burst: 5 }
    const gates = [here.gate(name, rate), there.gate(name, rate)]
    // A moment of patience: a statement that waited for the row is older than the one that made it.
    const asked = Array.from({ length: 20 }, (_, index) => gates[index % 2]?.take(1, 1_000))
    const turns = await Promise.all(asked)
    expect(turns.filter((turn) => turn?.granted)).toHaveLength(5)
    const refused = turns.filter((turn) => turn?.granted === false)
    for (const turn of refused) expect(turn?.waitMs).toBeGreaterThan(8_000)
  })

  it('hands out turns one behind the other to who would wait', async () => {
    const { name, here } = setup()
    const gate = here.gate(name, { perSecond: 1, burst: 1 })
    const waits: number[] = []
    for (let count = 0; count < 3; count++) waits.push((await gate.take(1, 5_000)).waitMs)
    expect(waits[0]).toBe(0)
    expect(waits[1]).toBeGreaterThan(800)
    expect(waits[1]).toBeLessThanOrEqual(1_000)
    expect(waits[2]).toBeGreaterThan(1_800)
    expect(await gate.take(1, 1_000)).toMatchObject({ granted: false })
  })

  it('is paused for every process, with a rate and without', async () => {
    const { name, here, there } = setup()
    const paced = here.gate(name, { perSecond: 10, burst: 10 })
    await paced.pause(60_000, 'the API answered 429')
    const theirs = await there.gate(name, null).take()
    expect(theirs).toMatchObject({ granted: false })
    expect(theirs.waitMs).toBeGreaterThan(59_000)
    expect(await paced.take()).toMatchObject({ granted: false })
    const row = (await here.list()).find((each) => each.name === name)
    expect(row).toMatchObject({ reason: 'the API answered 429' })
    // A shorter pause changes nothing.
    await paced.pause(1_000, 'again')
    expect((await here.list()).find((each) => each.name === name)).toEqual(row)
  })

  it('goes by its own estimate while the database is away, and never fails', async () => {
    const away = createPool({ url: 'postgres://nobody@127.0.0.1:9/nothing' })
    const paces = createPaces({ db: away, log: silentLog, clock: () => 1_000 })
    const gate = paces.gate('source:parser', { perSecond: 1, burst: 2 })
    const turns = [await gate.take(1, 0), await gate.take(1, 0), await gate.take(1, 0)]
    expect(turns.map((turn) => turn.granted)).toEqual([true, true, false])
    const free = paces.gate('source:free', null)
    expect(await free.take()).toEqual({ granted: true, waitMs: 0 })
    await free.pause(30_000, 'too fast')
    expect(await free.take()).toEqual({ granted: false, waitMs: 30_000 })
    await away.close()
  })
})
