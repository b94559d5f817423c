import { describe, expect, it } from 'vitest'
import { dropPartition, findExpiredPartitions } from '../../src/store/partition-drop.ts'
import { ensurePartitions, partitionNamed, partitionOf } from '../../src/store/partitions.ts'
import { type Past, retention, setup } from './setup.ts'

const { callbacksMs, evidenceMs, eventsMs, requestsMs } = retention
const keptMs = { callback: callbacksMs, evidence: evidenceMs, event: eventsMs, request: requestsMs }

/** Resolves when a statement like this waits for somebody. */
async function waiting(past: Past, statement: string): Promise<number> {
  for (;;) {
    const { rows } = await past.db.query<{ pid: number }>(
      `select pid from pg_stat_activity where query like $1 and wait_event_type = 'Lock'`,
      [`${statement}%`],
    )
    if (rows[0] !== undefined) return rows[0].pid
  }
}

describe('partitions', () => {
  it('go when all of their day is older than what is kept, and not a day before', async () => {
    await using past = await setup()
    for (const table of ['callback', 'evidence', 'event', 'request'] as const) {
      for (const days of [6, 7, 8, 29, 30, 31, 32, 90, 92]) await past.addDay(table, days)
    }
    const report = await past.pruner().prune(past.nowMs)
    const { rows } = await past.db.query<{ name: string }>(
      `select relname::text as name from pg_class where relispartition and relkind = 'r'`,
    )
    const ages = (table: string) =>
      rows
        .flatMap(({ name }) => partitionNamed(name) ?? [])
        .filter((partition) => partition.table === table)
        .map((partition) => Math.floor(past.nowMs / 86_400_000) - partition.day)
        .filter((age) => age > 2)
        .sort((one, other) => one - other)
    // 30 days ago at this time of day lies within the 30th day before today: that day stays until all of it is older.
    expect(ages('callback')).toEqual([6, 7, 8, 29, 30])
    expect(ages('request')).toEqual([6, 7])
    expect(ages('event')).toEqual([6, 7, 8, 29, 30, 31, 32, 90])
    expect(ages('evidence')).toEqual(ages('event'))
    expect(report.removed).toMatchObject({ 'callback.days': 4, 'request.days': 7, 'event.days': 1, 'evidence.days': 1 })
    expect(report.oldest.callback).toBe(new Date(past.ago(30)).toISOString().slice(0, 10))
    expect((await past.pruner().prune(past.nowMs)).removed).toEqual({})
  })

  it('go without a writer waiting, even while somebody reads the whole table', async () => {
    await using past = await setup()
    const name = await past.addDay('callback', 40)
    await past.addCallback(40)
    let pruning: Promise<unknown> = Promise.resolve()
    await past.db.tx(async (reader) => {
      await reader.query('select count(*) from becket.callback')
      pruning = past.pruner().prune(past.nowMs)
      await waiting(past, 'alter table becket.callback detach')
      // Would wait for the reader, and the reader for it, if the one that drops stood between them.
      await past.addCallback(0)
      expect(await past.has(name)).toBe(true)
    })
    await pruning
    expect(await past.has(name)).toBe(false)
    expect(await past.count('callback')).toBe(1)
  })

  it('are left alone behind somebody who has been reading for long, and go the next time', async () => {
    await using past = await setup()
    const name = await past.addDay('callback', 40)
    await past.db.tx(async (reader) => {
      await reader.query('select count(*) from becket.callback')
      const [expired] = (await findExpiredPartitions(past.db, keptMs, past.nowMs)).expired
      if (expired === undefined) throw new Error('nothing is too old')
      expect(await dropPartition(past.db, expired, 0)).toEqual({ kind: 'busy' })
    })
    expect((await past.pruner().prune(past.nowMs)).busy).toEqual([])
    expect(await past.has(name)).toBe(false)
  })

  it('that were broken off half-way are found and dropped by the next round', async () => {
    await using past = await setup()
    const name = await past.addDay('event', 100)
    await past.db.tx(async (reader) => {
      await reader.query('select count(*) from becket.event')
      const pruning = past.pruner().prune(past.nowMs)
      const pid = await waiting(past, 'alter table becket.event detach')
      await past.db.query('select pg_cancel_backend($1)', [pid])
      expect((await pruning).busy).toEqual([name])
    })
    const { expired } = await findExpiredPartitions(past.db, keptMs, past.nowMs)
    expect(expired).toMatchObject([{ name, standing: 'pending' }])
    expect((await past.pruner().prune(past.nowMs)).removed).toEqual({ 'event.days': 1 })
    expect(await past.has(name)).toBe(false)
  })

  it('with callbacks that nobody has read stay, and are named', async () => {
    await using past = await setup()
    const name = await past.addDay('callback', 40)
    const id = await past.addCallback(40, 'received')
    expect((await past.pruner().prune(past.nowMs)).unread).toEqual([name])
    expect(await past.row('callback', id)).not.toBeNull()
    await past.db.query(`update becket.callback set fate = 'orphan' where id = $1`, [id])
    await past.db.query(`insert into becket.orphan (correlation, callback_id) values ('\\x01', $1)`, [id])
    const report = await past.pruner().prune(past.nowMs)
    expect(report).toMatchObject({ unread: [], removed: { 'callback.days': 1, orphans: 1 } })
  })

  it('are made for what has waited outside for days, but not for any time', async () => {
    await using past = await setup()
    expect(await ensurePartitions(past.db)).toEqual([])
    const made = await ensurePartitions(past.db, { sinceMs: past.ago(4) })
    expect(made).toHaveLength(8)
    expect(await past.row('callback', await past.addCallback(4))).not.toBeNull()
    await ensurePartitions(past.db, { sinceMs: 0 })
    await expect(past.addCallback(32)).rejects.toThrow(/no partition/)
  })

  it('are known by their names alone', () => {
    expect(partitionNamed(partitionOf('callback', 20_000).name)).toEqual(partitionOf('callback', 20_000))
    for (const name of ['callback_claim', 'callback_20261340', 'other_20260101', 'callback_2026010']) {
      expect(partitionNamed(name)).toBeNull()
    }
  })
})
