/**
 * Takes the indexes and keys off tables before millions of rows are written, and makes them again afterwards: a sort
 * instead of a million searches. Knows no table by name.
 */

/**
 * Foreign keys stay. `putBack(client, table)` makes those of one table: of different tables, several connections may.
 *
 * @param {import('pg').ClientBase} client
 * @param {string} schema
 * @param {readonly string[]} tables
 * @returns {Promise<{ putBack(client: import('pg').ClientBase, table: string): Promise<void> }>}
 */
export async function setIndexesAside(client, schema, tables) {
  const constraints = await read(
    client,
    `select c.relname as table_name, k.conname as name, pg_get_constraintdef(k.oid) as definition
     from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = any($2) and k.contype in ('p', 'u') order by c.relname, k.contype, k.conname`,
    [schema, tables],
  )
  // Of a partitioned table, PostgreSQL tells the index of the parent alone, `on only`: made so, no partition would have it.
  const indexes = await read(
    client,
    `select c.relname as table_name, i.relname as name,
       replace(pg_get_indexdef(i.oid), ' ON ONLY ', ' ON ') as definition
     from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class c on c.oid = x.indrelid
       join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1 and c.relname = any($2)
       and not exists (select 1 from pg_constraint k where k.conindid = x.indexrelid)
     order by i.relname`,
    [schema, tables],
  )
  for (const { name } of indexes) await client.query(`drop index ${schema}.${name}`)
  for (const { table_name, name } of constraints) {
    await client.query(`alter table ${schema}.${table_name} drop constraint ${name}`)
  }
  return {
    async putBack(maker, table) {
      for (const { name, definition } of constraints.filter(({ table_name }) => table_name === table)) {
        await maker.query(`alter table ${schema}.${table} add constraint ${name} ${definition}`)
      }
      for (const { definition } of indexes.filter(({ table_name }) => table_name === table)) {
        await maker.query(definition)
      }
    },
  }
}

/**
 * @param {import('pg').ClientBase} client
 * @param {string} text
 * @param {unknown[]} values
 */
async function read(client, text, values) {
  return (await client.query(text, values)).rows
}
