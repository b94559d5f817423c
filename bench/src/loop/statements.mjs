/**
 * What a contender asked of PostgreSQL in one run: statements, rows by table, log written, commits. Over the whole run,
 * since PostgreSQL's processes report their counts only now and then, and for certain when they end.
 */

/** PostgreSQL has to be started with these, and pays for them: numbers from such a run are not compared with others. */
export const statementSettings = { shared_preload_libraries: 'pg_stat_statements', 'pg_stat_statements.track': 'all' }

/** `begin()` before the load, `end()` when the server has stopped; `end` answers what was done between them. */
export function watchStatements({ postgres, database }) {
  let before
  return {
    async begin() {
      await postgres.query('create extension if not exists pg_stat_statements', [], database)
      before = await counters()
      await postgres.query('select pg_stat_statements_reset()', [], database)
    },
    async end() {
      const { rows: statements } = await postgres.query(statementsSql, [database], database)
      const after = await counters()
      return { statements, tables: tablesBetween(before, after), ...totalsBetween(before, after) }
    },
  }

  async function counters() {
    const [tables, totals] = await Promise.all([
      postgres.query(tablesSql, [], database),
      postgres.query(totalsSql, [database], database),
    ])
    return { tables: new Map(tables.rows.map((row) => [row.name, row])), totals: totals.rows[0] }
  }
}

const statementsSql = `
  select query, calls::float8 as calls, rows::float8 as rows, total_exec_time as ms, wal_bytes::float8 as wal_bytes
  from pg_stat_statements
  where dbid = (select oid from pg_database where datname = $1) and query not like '%pg_stat_%'
  order by total_exec_time desc`

// Partitions count for the table that they are a part of.
const tablesSql = `
  select coalesce(parent.relname, own.relname) as name,
    sum(n_tup_ins)::float8 as inserted, sum(n_tup_upd)::float8 as updated,
    sum(n_tup_hot_upd)::float8 as hot, sum(n_tup_del)::float8 as deleted
  from pg_stat_user_tables own
  left join pg_inherits on inhrelid = own.relid
  left join pg_class parent on parent.oid = inhparent
  group by 1`

const totalsSql = `
  select xact_commit::float8 as commits, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 as wal_bytes
  from pg_stat_database where datname = $1`

function tablesBetween(before, after) {
  const changes = [...after.tables.values()].map((row) => {
    const earlier = before.tables.get(row.name)
    const since = (name) => row[name] - (earlier?.[name] ?? 0)
    return {
      name: row.name,
      inserted: since('inserted'),
      updated: since('updated'),
      hot: since('hot'),
      deleted: since('deleted'),
    }
  })
  return changes
    .filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0)
    .sort((a, b) => b.inserted + b.updated + b.deleted - (a.inserted + a.updated + a.deleted))
}

function totalsBetween(before, after) {
  return {
    commits: after.totals.commits - before.totals.commits,
    walBytes: after.totals.wal_bytes - before.totals.wal_bytes,
  }
}
