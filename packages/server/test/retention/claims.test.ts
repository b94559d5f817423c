import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Tx } from '../../src/db/db.ts'
import { claimIdentities } from '../../src/store/callback-claims.ts'
import { rotateClaims } from '../../src/store/claim-rotation.ts'
import { type TestDatabase, testDatabase } from '../database.ts'

const WINDOW = 7 * 86_400_000
let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(async () => {
  await database.drop()
})

const hash = (text: string) => createHash('sha256').update(text).digest()

/** Who holds each of these keys, after `id` has claimed them in this order, as a callback of its own for each. */
async function claimIn(tx: Tx, id: string, keys: readonly string[]): Promise<string[]> {
  const claimants = keys.map((key) => ({ id: `${id} ${key}`, dedupKey: hash(key), bodyHash: hash(`body of ${key}`) }))
  const before = await claimIdentities(tx, claimants)
  return claimants.map((claimant) => (before.get(claimant.id)?.callbackId ?? claimant.id).split(' ')[0] ?? '')
}

function setup() {
  const { db } = database
  const key = randomUUID()
  const claim = async (id: string, ...keys: string[]) => db.tx((tx) => claimIn(tx, id, keys.length > 0 ? keys : [key]))
  async function rotatedAt(): Promise<number> {
    const { rows } = await db.query<{ ms: number }>(
      `select (extract(epoch from at) * 1000)::float8 as ms from becket.retention where name = 'claims'`,
    )
    return rows[0]?.ms ?? 0
  }
  return { db, key, claim, rotatedAt }
}

describe('claims', () => {
  it('know a repeat for at least a window, whenever in it the first one came', async () => {
    const { db, claim, rotatedAt } = setup()
    const start = await rotatedAt()
    await claim('cb_first')
    expect(await rotateClaims(db, WINDOW, start + WINDOW - 1)).toBe('not-due')
    // The last moment before the tables change places: its window ends a window later.
    expect(await rotateClaims(db, WINDOW, start + WINDOW)).toBe('rotated')
    expect(await claim('cb_again')).toEqual(['cb_first'])
    expect(await rotateClaims(db, WINDOW, start + 2 * WINDOW - 1)).toBe('not-due')
    expect(await claim('cb_once-more')).toEqual(['cb_first'])
    expect(await rotateClaims(db, WINDOW, start + 2 * WINDOW)).toBe('rotated')
    expect(await claim('cb_much-later')).toEqual(['cb_much-later'])
  })

  it('are forgotten by the tableful, and none is in both tables', async () => {
    const { db, key, claim, rotatedAt } = setup()
    await claim('cb_first', key, 'another')
    expect(await rotateClaims(db, WINDOW, (await rotatedAt()) + WINDOW)).toBe('rotated')
    await claim('cb_second', key, 'a third')
    const { rows } = await db.query(
      `select key from becket.callback_claim intersect select key from becket.callback_claim_before`,
    )
    expect(rows).toEqual([])
  })

  it('do not change places under a batch that has not committed, and the next batch sees what it claimed', async () => {
    const { db, key, claim, rotatedAt } = setup()
    const due = (await rotatedAt()) + WINDOW
    await db.tx(async (tx) => {
      expect(await claimIn(tx, 'cb_first', [key])).toEqual(['cb_first'])
      expect(await rotateClaims(db, WINDOW, due)).toBe('busy')
      expect(await claim('cb_other', 'something else')).toEqual(['cb_other'])
    })
    expect(await rotateClaims(db, WINDOW, due)).toBe('rotated')
    expect(await claim('cb_second')).toEqual(['cb_first'])
  })

  it('have one holder each, however batches and a rotation meet', async () => {
    const { db, rotatedAt } = setup()
    for (let round = 0; round < 8; round++) {
      const keys = Array.from({ length: 20 }, (_, index) => `${round}/${index}`)
      const due = (await rotatedAt()) + WINDOW
      const rotating = rotateClaims(db, WINDOW, due)
      const batches = Array.from({ length: 6 }, (_, batch) => {
        const mine = batch % 2 === 0 ? keys : keys.toReversed()
        return db.tx(async (tx) => {
          const holders = await claimIn(tx, `cb_${round}_${batch}`, mine)
          return new Map(mine.map((key, index) => [key, holders[index]]))
        })
      })
      const seen = await Promise.all(batches)
      await rotating
      for (const key of keys) expect(new Set(seen.map((holders) => holders.get(key))).size).toBe(1)
    }
  })
})
