/** What must hold in the database of a crash test. Each query answers the rows that break a rule: none may. */
import type { Postgres } from './postgres.ts'

export interface Check {
  name: string
  /** What was looked at, in figures. */
  figure: string
  /** Ids and facts; none when it holds. */
  faults: string[]
}

const openExpectation = `e.state in ('registered', 'submitting', 'waiting', 'unconfirmed')`

/** Hold in every snapshot, also in the middle of everything. */
const always: Record<string, string> = {
  'an open expectation has a wakeup': `
    select e.id || ' is ' || e.state as fault from becket.expectation e
    where ${openExpectation} and not exists (
      select from becket.wakeup w where w.lane = 'expectation' and w.subject = e.id)`,
  'an unfinished job has a wakeup, or waits for an open expectation': `
    select j.id || ' is ' || j.state || ' at ' || j.stage as fault from becket.job j
    where j.state in ('queued', 'waiting', 'retryable')
      and not exists (select from becket.wakeup w where w.lane = 'job' and w.subject = j.id)
      and not (j.state = 'waiting' and exists (
        select from becket.expectation e where e.job_id = j.id and ${openExpectation}))`,
  'an unread callback has a wakeup': `
    select c.id as fault from becket.callback c
    where c.fate = 'received' and not exists (
      select from becket.wakeup w where w.lane = 'callback' and w.subject = c.id)`,
  'no expectation is settled twice': `
    select expectation_id || ' was settled ' || count(*) || ' times' as fault from becket.evidence
    where relation in ('settled', 'revived') group by expectation_id having count(*) > 1`,
  'what is settled has the evidence that settled it': `
    select e.id || ' is ' || e.state as fault from becket.expectation e
    where e.state in ('succeeded', 'failed') and not exists (
      select from becket.evidence v where v.expectation_id = e.id and v.relation in ('settled', 'revived'))`,
  'a job ends once': `
    select j.id || ' is ' || j.state || ' after ' || done || ' job.done and ' || dead || ' job.deadletter' as fault
    from becket.job j, lateral (
      select count(*) filter (where v.type = 'job.done') as done, count(*) filter (where v.type = 'job.deadletter') as dead
      from becket.event v where v.job_id = j.id) ends
    where done <> (j.state = 'done')::int or dead > 1 or (j.state = 'deadletter' and dead <> 1)`,
  'each end of a job is written down for its sink, once': `
    select j.id || ' is ' || j.state || ' after ' || ended || ' ends, and has ' || written || ' deliveries' as fault
    from becket.job j, lateral (
      select (select count(*) from becket.event v where v.job_id = j.id and v.type in ('job.done', 'job.deadletter')) as ended,
        (select count(*) from becket.outbox o where o.subject = j.id) as written) counted
    where ended <> written`,
  'a pending delivery has a wakeup': `
    select o.id as fault from becket.outbox o
    where o.state = 'pending' and not exists (
      select from becket.wakeup w where w.lane = 'outbox' and w.subject = o.sink || '/' || o.queue)`,
  'one job for one proven document': `
    select d.id || ' has ' || count(j.id) || ' jobs' as fault from becket.document d
    left join becket.job j on j.input ->> 'documentId' = d.id
    group by d.id, d.state, d.job_id
    having count(j.id) <> (d.state = 'finalized')::int or (count(j.id) = 1 and max(j.id) is distinct from d.job_id)`,
  'one proven document for one content': `
    select owner || ' ' || encode(sha256, 'hex') as fault from becket.document
    where state = 'finalized' group by owner, sha256 having count(*) > 1`,
  'a finished document has each piece once, each with its vector': `
    select d.id || ': ' || count(c.id) || ' pieces of ' || (j.output ->> 'chunks') as fault
    from becket.job j join becket.document d on d.job_id = j.id left join becket.chunk c on c.document_id = d.id
    where j.state = 'done' group by d.id, j.output
    having count(c.id) = 0 or count(c.id) <> (j.output ->> 'chunks')::int or count(distinct c.ordinal) <> count(c.id)
      or max(c.ordinal) <> count(c.id) - 1
      or bool_or(c.embedding is null or array_length(c.embedding, 1) <> 1536 or 0 = all (c.embedding))`,
}

/** Hold when everything has ended and is quiet. */
const inTheEnd: Record<string, string> = {
  'nothing that ended has a wakeup': `
    select w.lane || ' ' || w.subject as fault from becket.wakeup w
    where (w.lane = 'expectation' and not exists (
        select from becket.expectation e where e.id = w.subject and ${openExpectation}))
      or (w.lane = 'job' and not exists (
        select from becket.job j where j.id = w.subject and j.state in ('queued', 'retryable')))
      or (w.lane = 'outbox' and not exists (
        select from becket.outbox o where o.sink || '/' || o.queue = w.subject and o.state = 'pending'))`,
  'every job has ended': `
    select id || ' is ' || state || ' at ' || stage as fault from becket.job where state not in ('done', 'deadletter')`,
  'every callback was read': `select id as fault from becket.callback where fate = 'received'`,
  'no orphan has an expectation': `
    select o.callback_id as fault from becket.orphan o join becket.expectation e on e.correlation = o.correlation`,
  'no wakeup is stuck': `
    select w.lane || ' ' || w.subject || ' was due at ' || w.due || ', lapses ' || w.lapses as fault from becket.wakeup w
    where w.due < clock_timestamp() - interval '10 s'`,
  'no wakeup is held by a process that died': `
    select w.lane || ' ' || w.subject || ' is held by ' || w.owner as fault from becket.wakeup w
    where w.owner is not null and w.owner <> (select id from becket.instance order by id desc limit 1)`,
}

export async function checkAlways(postgres: Postgres): Promise<string[]> {
  // One statement, one snapshot: between two of them the world may move on.
  const union = Object.entries(always).map(([, sql], index) => `select ${index} as rule, fault from (${sql}) broken`)
  const rows = await postgres.ask<{ rule: number; fault: string }>(union.join(' union all '))
  const names = Object.keys(always)
  return rows.map(({ rule, fault }) => `${names[rule] ?? rule}: ${fault}`)
}

export async function checkInTheEnd(postgres: Postgres): Promise<Check[]> {
  const checks: Check[] = []
  for (const [name, sql] of Object.entries({ ...inTheEnd, ...always })) {
    const rows = await postgres.ask<{ fault: string }>(sql)
    checks.push({
      name,
      figure: rows.length === 0 ? 'holds' : `broken ${rows.length} times`,
      faults: rows.map(({ fault }) => fault),
    })
  }
  return checks
}
