/** Nothing that retention does needs a session: it goes through a pooler that gives each transaction another connection. */
import { randomBytes } from 'node:crypto'
import { describe, expect } from 'vitest'
import { silentLog as silentDbLog } from '../../src/db/log.ts'
import { migrate } from '../../src/db/migrate.ts'
import { createPool } from '../../src/db/pool.ts'
import { createPruner } from '../../src/engine/pruner.ts'
import { silentLog } from '../../src/observe/log.ts'
import { DAY_MS, ensurePartitions } from '../../src/store/partitions.ts'
import { testWith } from '../outside.ts'
import { retention } from './setup.ts'

describe('through PgBouncer in transaction mode', () => {
  testWith('pgbouncer', 'days are detached and dropped, and claims change places', async (url) => {
    const schema = `becket_test_${randomBytes(4).toString('hex')}`
    const db = createPool({ url, schema, max: 5, statementTimeoutMs: 20_000 })
    try {
      await migrate(db, { log: silentDbLog })
      await ensurePartitions(db)
      const pruner = createPruner({ db, retention, objects: { remove: async () => 0 }, log: silentLog })
      // Seven days before that time is tomorrow: today and the two days behind it are older than requests are kept.
      const report = await pruner.prune(Date.now() + 8 * DAY_MS)
      expect(report).toMatchObject({ removed: { claims: 1, 'request.days': 3 }, busy: [] })
    } finally {
      await db.query(`drop schema if exists ${schema} cascade`)
      await db.close()
    }
  })
})
