/** An idle transaction that somebody left open: as long as it stands, nothing that was deleted can be cleaned away. */
import pg from 'pg'

export async function pinHorizon(url) {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('begin isolation level repeatable read')
  // The snapshot is taken with the first statement.
  await client.query('select count(*) from pg_class')
  return {
    async release() {
      await client.query('rollback')
      await client.end()
    },
  }
}
