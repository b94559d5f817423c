/** The invariants, asked of the database. Each answers what breaks it, so that a failure says which and where. */
import type { EvidenceOrigin, ExpectationState } from '@becket/client/contract'
import { deliveryTransitions } from '../../src/core/delivery.ts'
import { expectationTransitions } from '../../src/core/expectation.ts'
import { jobTransitions } from '../../src/core/job-state.ts'
import { type EvidenceVerdict, type Settleable, settle } from '../../src/core/settle.ts'
import { brokenDeliveries } from './model-delivered.ts'
import { type LogRow, readLog } from './model-log.ts'
import type { ModelRun } from './model-run.ts'

const open = `('registered', 'submitting', 'waiting', 'unconfirmed')`

/** True at every moment, whatever is under way. One statement, so that it sees one moment. */
export async function brokenNow(run: ModelRun): Promise<unknown[]> {
  const { spine } = run
  const rows = await spine.all(
    `select 'open expectation without a wakeup' as broken, e.id from becket.expectation e
     where e.state in ${open} and not exists (select 1 from becket.wakeup w where w.lane = 'expectation' and w.subject = e.id)
     union all
     select 'unfinished job without a wakeup', j.id from becket.job j
     where j.state in ('queued', 'retryable')
       and not exists (select 1 from becket.wakeup w where w.lane = 'job' and w.subject = j.id)
     union all
     select 'waiting job without an open attempt', j.id from becket.job j
     where j.state = 'waiting' and not exists (select 1 from becket.expectation e where e.job_id = j.id and e.state in ${open})
     union all
     select 'unread callback without a wakeup', c.id from becket.callback c
     where c.fate = 'received' and not exists (select 1 from becket.wakeup w where w.lane = 'callback' and w.subject = c.id)
     union all
     select 'pending delivery without a wakeup', o.id from becket.outbox o
     where o.state = 'pending' and not exists (
       select 1 from becket.wakeup w where w.lane = 'outbox' and w.subject = o.sink || '/' || o.queue)
     union all
     select 'open attempt of a job that is done', e.id from becket.expectation e join becket.job j on j.id = e.job_id
     where j.state in ('done', 'cancelled') and e.state in ${open}
     union all
     select 'settled with a wakeup', w.subject from becket.wakeup w join becket.expectation e on e.id = w.subject
     where e.state not in ${open} and w.owner is null
     union all
     select 'settled twice', v.expectation_id from becket.evidence v
     where v.relation in ('settled', 'revived') group by v.expectation_id having count(*) > 1`,
  )
  return [...rows, ...(await brokenRoom(run))]
}

/**
 * The provider never has more of what jobs made than it may; whoever was expected by now does not count. Whoever gives room
 * back wakes somebody who waits for it. Only the sweep finds what is lost by the passing of time, or by
 * somebody who was woken and had no use for it: scenes in which that may have been are left out.
 */
async function brokenRoom({ spine, scene }: ModelRun): Promise<unknown[]> {
  if (scene.limit === undefined) return []
  return spine.all(
    `select 'one too many for the provider' as broken, max(id) as id from becket.expectation
     where job_id is not null and state in ('submitting', 'waiting', 'unconfirmed') and expect_by > clock_timestamp()
     having count(*) > $1
     union all
     select 'held back while there is room', h.job_id as id from becket.held_back h
     join becket.job j on j.id = h.job_id and j.state in ('queued', 'retryable')
     join becket.wakeup w on w.lane = 'job' and w.subject = h.job_id
     where w.owner is null and w.due > clock_timestamp() + interval '1 s' and $1 > (
         select count(*) from becket.expectation where state in ('submitting', 'waiting', 'unconfirmed')
       ) + (
         select count(*) from becket.job o join becket.wakeup v on v.lane = 'job' and v.subject = o.id
         where o.state in ('queued', 'retryable') and (v.owner is not null or v.due <= clock_timestamp())
           and not exists (select 1 from becket.held_back k where k.job_id = o.id))
       and not exists (select 1 from becket.log where now in ('expired', 'unconfirmed', 'cancelled', 'failed'))`,
    [scene.limit],
  )
}

/** True once everything has come to its end. */
export async function brokenAtTheEnd(run: ModelRun): Promise<unknown[]> {
  const { spine, accepted, surprises } = run
  const log = await readLog(spine.db)
  return [
    ...surprises,
    ...(await brokenNow(run)),
    ...brokenMoves(log),
    ...brokenReducer(log),
    ...brokenRepeats(log),
    ...(await brokenDeliveries(run, log)),
    ...(await brokenRows(run)),
    ...(await lostCallbacks(run, accepted)),
  ]
}

const transitions: Record<'job' | 'expectation' | 'delivery', Record<string, readonly string[]>> = {
  job: jobTransitions,
  expectation: expectationTransitions,
  delivery: deliveryTransitions,
}

/** Never backwards, each move counted, and at most one end. */
function brokenMoves(log: readonly LogRow[]): string[] {
  const broken: string[] = []
  const ends = new Map<string, number>()
  for (const row of log) {
    if (row.kind === 'crowd') broken.push(`${row.id} was one too many for the provider`)
    if (row.kind === 'evidence' || row.kind === 'crowd' || row.was === null) continue
    const table = transitions[row.kind]
    const isMove = row.was !== row.now
    if (isMove && !table[row.was]?.includes(row.now ?? '')) broken.push(`${row.id} moved from ${row.was} to ${row.now}`)
    if (row.kind === 'delivery') continue
    if (row.new_version !== (row.old_version ?? 0) + 1) {
      broken.push(`${row.id} went from version ${row.old_version} to ${row.new_version}`)
    }
    const isEnd = row.kind === 'job' ? row.now === 'done' : row.now === 'succeeded' || row.now === 'failed'
    if (isMove && isEnd) ends.set(row.id, (ends.get(row.id) ?? 0) + 1)
  }
  for (const [id, count] of ends) if (count > 1) broken.push(`${id} ended ${count} times`)
  return broken
}

/** The pure reducer, told the same in the same order, says what the database says. */
function brokenReducer(log: readonly LogRow[]): string[] {
  const broken: string[] = []
  const now = new Map<string, Settleable>()
  const decided = new Map<string, string>()
  for (const row of log) {
    if (row.kind !== 'expectation' && row.kind !== 'evidence') continue
    const current = now.get(row.id)
    if (row.kind === 'expectation') {
      const owed = decided.get(row.id)
      if (owed !== undefined && owed !== row.now) broken.push(`${row.id} was decided ${owed} and moved to ${row.now}`)
      if ((row.now === 'succeeded' || row.now === 'failed') && row.was !== row.now && owed === undefined) {
        broken.push(`${row.id} moved to ${row.now} without evidence`)
      }
      decided.delete(row.id)
      now.set(row.id, { state: row.now as ExpectationState, settledBy: row.settled_by as EvidenceOrigin | null })
      continue
    }
    if (current === undefined) {
      broken.push(`evidence about ${row.id}, which was never made`)
      continue
    }
    const evidence = {
      origin: row.origin as EvidenceOrigin,
      verdict: row.verdict as EvidenceVerdict,
      trusted: row.origin !== 'callback' || row.callback_verdict === 'verified' || row.callback_verdict === 'token',
    }
    const settlement = settle(current, evidence)
    if (settlement.relation !== row.relation) {
      broken.push(
        `${row.id}: ${JSON.stringify(evidence)} is ${settlement.relation}, and was recorded as ${row.relation}`,
      )
    }
    if (settlement.kind !== 'settled') continue
    decided.set(row.id, settlement.state)
    // What came with it is judged after it, and the row is moved once for all.
    now.set(row.id, { state: settlement.state, settledBy: evidence.origin })
  }
  for (const [id, state] of decided) broken.push(`${id} was decided ${state} and never moved`)
  return broken
}

/** The provider is called again only where nobody knew whether it took the attempt before, or where that one had ended. */
function brokenRepeats(log: readonly LogRow[]): string[] {
  const pasts = new Map<string, Map<string, Set<string>>>()
  const broken: string[] = []
  for (const row of log) {
    // An application that makes a call again knows why.
    if (row.kind !== 'expectation' || row.job_id === null) continue
    const past = pasts.get(row.job_id) ?? new Map<string, Set<string>>()
    pasts.set(row.job_id, past)
    if (row.was === null) {
      for (const [id, states] of past) {
        const isGivenUp = ['unconfirmed', 'failed', 'cancelled', 'expired'].some((state) => states.has(state))
        if (!isGivenUp) broken.push(`${row.id} was made while ${id} was neither unconfirmed nor over`)
      }
    }
    past.set(row.id, (past.get(row.id) ?? new Set()).add(row.now ?? ''))
  }
  return broken
}

async function brokenRows({ spine }: ModelRun): Promise<unknown[]> {
  const rows = await spine.all(
    `select 'something is left to do' as broken, lane || ' ' || subject as id from becket.wakeup
     union all
     select 'the job never ended', id from becket.job where state not in ('done', 'deadletter', 'cancelled')
     union all
     select 'done without a proof', j.id from becket.job j where j.state = 'done' and not exists (
       select 1 from becket.expectation e where e.id = j.data -> 'settled' ->> 'parse' and e.state = 'succeeded')
     union all
     select 'a dead letter without its reason', id from becket.job where state = 'deadletter' and error ->> 'supportId' is null
     union all
     select 'settled, and by nobody', id from becket.expectation
     where state in ('succeeded', 'failed') and (settled_by is null or settled_at is null)
     union all
     select 'an effect was done ' || count(*) || ' times', job_id from becket.effect where what = 'validate'
     group by job_id having count(*) > 1
     union all
     select 'done, and its effect was not', j.id from becket.job j
     where j.state = 'done' and not exists (select 1 from becket.effect f where f.what = 'validate' and f.job_id = j.id)
     union all
     select 'held back for ever', job_id from becket.held_back
     union all
     select 'answers that settled and their effects differ', count(*)::text from becket.expectation
     where job_id is not null and settled_by = 'response' and state = 'succeeded'
     having count(*) <> (select count(*) from becket.effect where what = 'response')
     union all
     select 'an orphan that has its expectation', o.callback_id from becket.orphan o
     join becket.expectation e on e.correlation = o.correlation
     union all
     select 'unsure evidence that decided', id from becket.evidence
     where verdict in ('pending', 'unknown') and relation <> 'inconclusive'
     union all
     select 'an attempt skipped', e.id from becket.expectation e
     where e.attempt > 1 and not exists (
       select 1 from becket.expectation p where p.key_hash = e.key_hash and p.attempt = e.attempt - 1)
     union all
     select 'repeated though nobody may', v.subject from becket.event v
     where v.type = 'expectation.resubmitted' and $1 <> 'safe'
     union all
     select 'a secret was stored', c.id from becket.callback c
     where convert_from(c.url, 'UTF8') || convert_from(c.headers, 'UTF8') || c.hints::text ~ 'test-key|k1\\.exp_'`,
    [spine.source.operations.parse?.resubmit],
  )
  const submitted = spine.script.submits.map(({ clientId }) => clientId)
  const twice = submitted.filter((id, index) => submitted.indexOf(id) !== index)
  return [...rows, ...twice.map((id) => `${id} was submitted twice`)]
}

/** Accepted means durable: what was acknowledged is there, byte for byte, and was read. */
async function lostCallbacks({ spine }: ModelRun, accepted: ReadonlyMap<string, string>): Promise<string[]> {
  const rows = await spine.all<{ id: string; body: string; fate: string }>(
    `select id, convert_from(body, 'UTF8') as body, fate from becket.callback where fate <> 'refused'`,
  )
  const stored = new Map(rows.map((row) => [row.id, row]))
  return [...accepted].flatMap(([id, body]) => {
    const row = stored.get(id)
    if (row === undefined) return [`callback ${id} was acknowledged and is gone`]
    if (row.body !== body) return [`callback ${id} was changed`]
    return row.fate === 'received' ? [`callback ${id} was never read`] : []
  })
}
