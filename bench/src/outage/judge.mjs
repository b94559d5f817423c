/** What the database has of the callbacks that were answered 200. Counts only; what is asked is SQL. */

/** Stored callbacks that nobody has looked at yet. */
export async function countLeft(query) {
  const { rows } = await query(`select count(*)::int as left from becket.wakeup where lane = 'callback'`)
  return rows[0].left
}

/**
 * `lost`: accepted, and not there. `doubled`: one body that is there more than once as news, or an expectation that was
 * settled more than once. `unsettled`: accepted, and its expectation still open.
 */
export async function judge(query, accepted) {
  const { rows: stored } = await query('select count(*)::int as there from becket.callback where id = any($1)', [
    accepted,
  ])
  const { rows: twice } = await query(
    `select (select count(*)::int from (
         select body from becket.callback where fate <> 'duplicate' group by body having count(*) > 1) b)
       + (select count(*)::int from (
         select expectation_id from becket.evidence where relation = 'settled' group by 1 having count(*) > 1) e)
       as doubled`,
  )
  const { rows: settled } = await query(
    `select count(*)::int as settled from becket.callback c join becket.expectation e on e.id = c.token_expectation
     where c.id = any($1) and e.state = 'succeeded'`,
    [accepted],
  )
  return {
    lost: accepted.length - stored[0].there,
    doubled: twice[0].doubled,
    unsettled: accepted.length - settled[0].settled,
  }
}
