/**
 * Brings into memory what a server that has run for an hour has there: the indexes that are searched at random places, by a
 * hash or a random id. A run of seconds would measure the disk instead, since it meets each of their pages for the first
 * time. They fit; what is only added to at its end is warm after a moment by itself.
 */
export async function warmIndexes(postgres, database) {
  await postgres.query('create extension if not exists pg_prewarm', [], database)
  await postgres.query(
    `select pg_prewarm(i.indexrelid::regclass) from pg_index i
     join pg_attribute a on a.attrelid = i.indexrelid and a.atttypid in ('bytea'::regtype, 'uuid'::regtype)
     join pg_class c on c.oid = i.indexrelid and c.relkind = 'i'
     join pg_namespace n on n.oid = c.relnamespace and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
     group by i.indexrelid`,
    [],
    database,
  )
}
