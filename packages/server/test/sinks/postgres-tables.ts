/** Tables of a user in a database of its own, and postgres sinks that lead there. Call it once in a file. */
import { afterAll, beforeAll } from 'vitest'
import { postgresSink } from '../../src/sinks/postgres/postgres.ts'
import { type TestDatabase, testDatabase } from '../database.ts'
import { openSink } from './bench.ts'

export function createTables() {
  let database: TestDatabase
  let tables = 0
  const opened: { close(): Promise<void> }[] = []
  beforeAll(async () => {
    database = await testDatabase({ empty: true })
    await database.db.query('create schema app')
  })
  afterAll(async () => {
    await Promise.all(opened.map((sink) => sink.close()))
    await database.drop()
  })

  function open(options: object) {
    const sink = openSink(postgresSink, { url: database.url, ...options })
    opened.push(sink)
    return sink
  }

  return {
    db: () => database.db,
    open,
    /** A table for one test, and a sink that leads there. */
    async setup(columns: string, options: object = {}) {
      tables += 1
      const table = `app."results of ${tables}"`
      await database.db.query(`create table ${table} (${columns})`)
      const read = () => database.db.query<Record<string, unknown>>(`select * from ${table} order by 1`)
      return { ...open({ table, ...options }), table, rows: async () => (await read()).rows }
    },
  }
}
