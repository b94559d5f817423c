/** What a claim reads: what is due, and not what waits, nor the dead entries that a pinned snapshot keeps from vacuum. */
import { describe, expect, it } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { createPool } from '../../src/db/pool.ts'
import { createWatermark } from '../../src/engine/watermark.ts'
import type { Look, RankReach } from '../../src/store/claiming.ts'
import { noRoom, transact } from '../../src/store/handover.ts'
import { claimWakeups } from '../../src/store/wakeup-claims.ts'
import { finishWakeup, releaseWakeups, wake } from '../../src/store/wakeups.ts'
import { HOUR, MINUTE, type Spine, setup } from './setup.ts'

const anywhere = [{ rank: 0, sinceMs: null }]

function look(change: Partial<Look> = {}): Look {
  return { lane: 'job', ranks: anywhere, limit: 10, owner: 'ins_one', aheadMs: 5_000, ...change }
}

async function put(spine: Spine, subject: string, due: { afterMs?: number; rank?: number } = {}): Promise<void> {
  const { afterMs = 0, rank = 0 } = due
  await transact(
    spine.db,
    noRoom(() => {}),
    (tx, taker) => wake(tx, { lane: 'job', subject, rank, afterMs }, taker),
  )
}

interface Plan {
  'Shared Hit Blocks': number
  'Shared Read Blocks': number
}

/** How many pages the claim touches, itself rolled back. */
async function pagesOf(db: Db, asked: Look): Promise<number> {
  let pages = 0
  const undone = new Error('only looked')
  await db
    .tx(async (tx) => {
      await claimWakeups(
        {
          async query(text, values) {
            const { rows } = await tx.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
              `explain (analyze, buffers, format json) ${text}`,
              values,
            )
            const plan = rows[0]?.['QUERY PLAN'][0]?.Plan
            pages = (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0)
            throw undone
          },
        },
        asked,
      )
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error
    })
  return pages
}

describe('a claim', () => {
  it('costs no more with 50,000 rows that wait', async () => {
    await using spine = await setup()
    await put(spine, 'job_due')
    const before = await pagesOf(spine.db, look())
    await spine.db.query(
      `insert into becket.wakeup (lane, subject, due)
       select 'job', 'job_' || n, clock_timestamp() + interval '1 day' from generate_series(1, 50000) n`,
    )
    expect(await pagesOf(spine.db, look())).toBeLessThan(before + 60)
  })

  it('does not walk over what was done before its mark while a snapshot is pinned', async () => {
    await using spine = await setup()
    const other = createPool({ url: spine.url, max: 1 })
    await other.tx(async (pinning) => {
      // A transaction with an id of its own keeps every row that is deleted after it.
      await pinning.query('select pg_current_xact_id()')
      await spine.db.query(
        `insert into becket.wakeup (lane, subject, due)
         select 'job', 'job_' || n, clock_timestamp() - interval '1 minute' from generate_series(1, 20000) n`,
      )
      await spine.db.query('delete from becket.wakeup')
      await put(spine, 'job_due')
      const { nowMs } = await claimWakeups(spine.db, look({ limit: 0 }))
      const bounded: RankReach[] = [{ rank: 0, sinceMs: nowMs - 5_000 }]
      const [whole, trailing] = [await pagesOf(spine.db, look()), await pagesOf(spine.db, look({ ranks: bounded }))]
      expect(whole).toBeGreaterThan(400)
      expect(trailing).toBeLessThan(100)
    })
    await other.close()
  })

  it('finds through its mark whatever is written after it: new, signalled, given back, of another rank', async () => {
    await using spine = await setup()
    const marks = createWatermark({ ranks: [0, 1] })
    const claim = async () => {
      const looked = await claimWakeups(spine.db, look({ ranks: marks.reach() }))
      marks.note(looked, 10)
      return looked.found
    }
    expect(await claim()).toEqual([])
    await put(spine, 'job_old', { afterMs: HOUR })
    // Due for an hour, and never claimed: it lies below the mark, where only a sweep would find it.
    await spine.pass(2 * HOUR)
    expect(await claim()).toEqual([])
    await put(spine, 'job_old', { rank: 1 })
    const [old] = await claim()
    expect(old?.subject).toBe('job_old')
    if (old === undefined) throw new Error('unreachable')
    await put(spine, 'job_old')
    // What the signal asked for has long been due when the holder ends.
    await spine.pass(MINUTE)
    await finishWakeup(spine.db, old)
    const [again] = await claim()
    expect(again?.subject).toBe('job_old')
    if (again === undefined) throw new Error('unreachable')
    await releaseWakeups(spine.db, [again])
    expect((await claim()).map(({ subject }) => subject)).toEqual(['job_old'])
  })
})

describe('a mark', () => {
  it('stays where it is for ranks that a full claim did not reach', async () => {
    await using spine = await setup()
    for (const [subject, rank] of [
      ['job_low', 0],
      ['job_late_a', 1],
      ['job_late_b', 1],
      ['job_late_c', 1],
    ] as const) {
      await put(spine, subject, { rank })
    }
    await spine.pass(MINUTE)
    const marks = createWatermark({ ranks: [0, 1] })
    const claimed: string[] = []
    for (let turn = 0; turn < 3; turn++) {
      const looked = await claimWakeups(spine.db, look({ ranks: marks.reach(), limit: 2 }))
      marks.note(looked, 2)
      claimed.push(...looked.found.map(({ subject }) => subject))
    }
    expect(claimed.sort()).toEqual(['job_late_a', 'job_late_b', 'job_late_c', 'job_low'])
  })
})
