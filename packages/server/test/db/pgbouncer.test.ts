/** Behind a pooler in transaction mode each transaction may run on another server connection. */
import { randomBytes } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { createSignals } from '../../src/db/listen.ts'
import { silentLog } from '../../src/db/log.ts'
import { migrate } from '../../src/db/migrate.ts'
import { createPool } from '../../src/db/pool.ts'
import { testWith } from '../outside.ts'

/** A migrated schema of its own, reached only through the pooler. */
async function withPool(url: string, run: (db: Db) => Promise<void>): Promise<void> {
  const schema = `becket_test_${randomBytes(4).toString('hex')}`
  const db = createPool({ url, schema, max: 30, statementTimeoutMs: 20_000 })
  try {
    await migrate(db, { log: silentLog })
    await run(db)
  } finally {
    await db.query(`drop schema if exists ${schema} cascade`)
    await db.close()
  }
}

describe('through PgBouncer in transaction mode', () => {
  testWith('pgbouncer', 'many transactions at once share a few connections, with values and without', (url) =>
    withPool(url, async (db) => {
      const claims = Array.from({ length: 200 }, (_, number) =>
        db.tx(async (tx) => {
          const key = Buffer.from(`key ${number % 50}`)
          const { count } = await tx.query(
            `insert into becket.callback_claim (key, callback_id, body_hash) values ($1, $2, $1) on conflict do nothing`,
            [key, `cb_${number}`],
          )
          return count
        }),
      )
      const won = (await Promise.all(claims)).filter((count) => count === 1)
      expect(won).toHaveLength(50)
    }),
  )

  testWith('pgbouncer', 'the limits of a transaction do not stay on the server connection', (url) =>
    withPool(url, async (db) => {
      const limit = `select current_setting('statement_timeout') as limit`
      const inside = await Promise.all(Array.from({ length: 20 }, () => db.tx((tx) => tx.query(limit))))
      const outside = await Promise.all(Array.from({ length: 20 }, () => db.query(limit)))
      expect(new Set(inside.map(({ rows }) => rows[0]?.limit))).toEqual(new Set(['20s']))
      expect(new Set(outside.map(({ rows }) => rows[0]?.limit))).toEqual(new Set(['0']))
    }),
  )

  testWith('pgbouncer', 'three that migrate at once apply each migration once', async (url) => {
    const schema = `becket_test_${randomBytes(4).toString('hex')}`
    const pools = [1, 2, 3].map(() => createPool({ url, schema, max: 2 }))
    try {
      const answers = await Promise.all(pools.map((db) => migrate(db, { log: silentLog })))
      const names = answers.flatMap(({ applied }) => applied)
      expect(names).toHaveLength(answers[0]?.version ?? -1)
    } finally {
      await pools[0]?.query(`drop schema if exists ${schema} cascade`)
      await Promise.all(pools.map((db) => db.close()))
    }
  })

  testWith('pgbouncer', 'listening is found not to work, and said once', (url) =>
    withPool(url, async (db) => {
      const warnings: string[] = []
      const log = { ...silentLog, warn: (_facts: object, message: string) => void warnings.push(message) }
      const signals = createSignals({ url, db, log, selfTestMs: 300 })
      await signals.start()
      expect([signals.listening, warnings.length]).toEqual([false, 1])
      const heard = new Promise<void>((resolve) => signals.subscribe('stage', resolve))
      signals.notify('stage')
      await heard
      await signals.stop()
    }),
  )
})
