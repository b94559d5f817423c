/**
 * Rows of `latency`: what was learned of each source and operation. Processes add what they saw; what is old fades by the
 * database's clock as it is added to and read, so that neither order nor the machines' clocks matter.
 */
import { firstIdAt, timeOfId } from '../core/id.ts'
import { BINS, edgeOf } from '../core/latency.ts'
import type { Learned } from '../core/learned-plan.ts'
import type { Queryable } from '../db/db.ts'
import { ms } from './milliseconds.ts'

export interface LearnedOf extends Learned {
  source: string
  operation: string
}

/** How what is old fades, so that a provider that changed is soon seen as it is. */
const fading = {
  // A week of holidays leaves half; a quarter of a year, next to nothing.
  timesHalfLifeMs: 14 * 86_400_000,
  // 2,000: a curve from a thousand ends costs within a few per cent of one that knows all.
  timesRemembered: 2_000,
  // A webhook that was switched off last week is mended by now.
  lossHalfLifeMs: 2 * 86_400_000,
  // 200: one lost in a hundred is told from one in ten, and a hundred that were lost in a row cannot be overlooked.
  lossRemembered: 200,
}

/** The share that is left after the time since it was last touched. */
const left = (halfLifeMs: number) =>
  `power(2::float8, -greatest(0, extract(epoch from clock_timestamp() - l.faded_at) * 1000)::float8 / ${halfLifeMs})`
/** And less, where there would be more than is remembered together with what comes. */
const crowdedOut = (had: string, added: string, remembered: number) =>
  `least(1, greatest(0, ${remembered} - ${added}) / greatest(${had}, 1e-9))`
const timesLeft = left(fading.timesHalfLifeMs)
const lossLeft = left(fading.lossHalfLifeMs)

/**
 * Adds up, in one statement. A row whose bins are of another number comes from another release: it begins anew. A loss that
 * turns out to be none is taken back as a negative one.
 */
export async function addLearned(db: Queryable, added: readonly LearnedOf[]): Promise<void> {
  if (added.length === 0) return
  const rows = added.map(({ source, operation, latency, loss, observations }) => ({
    source,
    operation,
    events: latency.events,
    at_risk: latency.atRisk,
    observations,
    ...loss,
  }))
  await db.query(
    `with added as (
       select * from jsonb_to_recordset($1::jsonb) as a(source text, operation text, events real[], at_risk real[],
         observations float8, lost float8, arrived float8)
     ), inserted as (
       insert into becket.latency as l (source, operation, events, at_risk, observations, lost, arrived)
       select source, operation, events, at_risk, observations, lost, arrived from added order by source, operation
       on conflict (source, operation) do update set
         events = ${summed('events')}, at_risk = ${summed('at_risk')},
         observations = l.observations * ${keptTimes} + excluded.observations,
         lost = greatest(0, l.lost * ${keptLoss} + excluded.lost),
         arrived = greatest(0, l.arrived * ${keptLoss} + excluded.arrived),
         faded_at = clock_timestamp()
       returning 1
     ) select count(*) from inserted`,
    [JSON.stringify(rows)],
  )
}

const hasOtherBins = 'cardinality(l.events) <> cardinality(excluded.events)'
const keptTimes = `case when ${hasOtherBins} then 0 else ${timesLeft}
  * ${crowdedOut(`l.observations * ${timesLeft}`, 'excluded.observations', fading.timesRemembered)} end`
const keptLoss = `${lossLeft}
  * ${crowdedOut(`(l.lost + l.arrived) * ${lossLeft}`, '(excluded.lost + excluded.arrived)', fading.lossRemembered)}`

function summed(column: 'events' | 'at_risk'): string {
  return `case when ${hasOtherBins} then excluded.${column} else array(
    select (had * k.kept + added)::real from (select ${keptTimes} as kept) k, unnest(l.${column}, excluded.${column})
      with ordinality as bins(had, added, bin) order by bin) end`
}

/** All of it, faded to this moment. There is one row for each operation in use. */
export async function readLearned(db: Queryable): Promise<LearnedOf[]> {
  const { rows } = await db.query<{
    source: string
    operation: string
    events: number[]
    atRisk: number[]
    observations: number
    lost: number
    arrived: number
    times: number
    losses: number
  }>(
    `select l.source, l.operation, l.events, l.at_risk as "atRisk", l.observations, l.lost, l.arrived,
       ${timesLeft} as times, ${lossLeft} as losses
     from becket.latency l where cardinality(l.events) = $1`,
    [BINS],
  )
  return rows.map(({ source, operation, times, losses, ...row }) => ({
    source,
    operation,
    latency: { events: row.events.map((n) => n * times), atRisk: row.atRisk.map((n) => n * times) },
    loss: { lost: row.lost * losses, arrived: row.arrived * losses },
    observations: row.observations * times,
  }))
}

// What nobody added to for so long has faded to nothing, or belongs to a source that is gone.
const FORGOTTEN_AFTER = '120 days'

export async function forgetLearned(db: Queryable): Promise<void> {
  await db.query(`delete from becket.latency where faded_at < clock_timestamp() - interval '${FORGOTTEN_AFTER}'`)
}

export interface RunningOf {
  source: string
  operation: string
  bin: number
  count: number
}

// 5,000: some 30 ms once a minute, each on a page of its own.
const MOST_RUNNING = 5_000

/**
 * How many are still at it in each bin of age. Where there are too many to count, those whose deadline comes first are: of
 * those that have run for long, none is left out. Relies on expectation_open.
 */
export async function readRunning(db: Queryable): Promise<RunningOf[]> {
  const edges = Array.from({ length: BINS - 1 }, (_, bin) => edgeOf(bin + 1))
  const { rows } = await db.query<RunningOf>(
    `select r.source, r.operation, count(*)::int as count,
       width_bucket(greatest(0, extract(epoch from clock_timestamp() - r.submitted_at) * 1000)::float8, $1::float8[]) as bin
     from (
       select e.source, e.operation, e.submitted_at from becket.expectation e
       where e.state = 'waiting' and e.submitted_at is not null
       order by e.deadline_at limit ${MOST_RUNNING}
     ) r group by r.source, r.operation, bin`,
    [edges],
  )
  return rows
}

/** What evidence says of an expectation that was found by asking. Times are milliseconds since 1970. */
export interface FoundTrace {
  expectationId: string
  settledAtMs: number
  /** When asking last brought that the work goes on. */
  lastPendingMs: number | null
  firstCallbackMs: number | null
  firstCallbackId: string | null
}

/** Relies on evidence_by_expectation, and on ids that begin with their time: partitions from before are not looked into. */
export async function readFoundTraces(db: Queryable, ids: readonly string[]): Promise<FoundTrace[]> {
  if (ids.length === 0) return []
  // An hour: an id is made by a clock that may run fast.
  const earliestMs = Math.min(...ids.map(timeOfId)) - 3_600_000
  const conclusive = `v.origin = 'callback' and v.verdict in ('succeeded', 'failed')`
  const { rows } = await db.query<FoundTrace>(
    `select e.id as "expectationId", ${ms('e.settled_at')} as "settledAtMs",
       ${ms(`max(v.observed_at) filter (where v.origin = 'check' and v.verdict = 'pending')`)} as "lastPendingMs",
       ${ms(`min(v.observed_at) filter (where ${conclusive})`)} as "firstCallbackMs",
       (array_agg(v.callback_id order by v.observed_at, v.id) filter (where ${conclusive}))[1] as "firstCallbackId"
     from becket.expectation e join becket.evidence v on v.expectation_id = e.id
     where e.id = any($1) and e.settled_at is not null and v.id >= $2
     group by e.id, e.settled_at`,
    [ids, firstIdAt('evidence', Math.max(0, Math.floor(earliestMs)))],
  )
  return rows
}
