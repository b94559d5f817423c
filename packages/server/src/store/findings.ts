/**
 * Rows of `finding`: one open row for each check, subject and service; what comes back after it passed is a new row.
 * What is found, and what that means, is the doctor's.
 */
import type { FindingSeverity, FindingStatus } from '@becket/client/contract'
import type { Queryable, Tx } from '../db/db.ts'
import { newId } from './new-id.ts'

export interface OpenFinding {
  check: string
  subject: string
  /** Empty: none. */
  service: string
  environment: string | null
  status: 'fail' | 'unknown'
  severity: FindingSeverity
  evidence: string
  consequence: string
  remedy: string
  capability: string | null
}

export interface FindingRow extends OpenFinding {
  id: string
  firstSeen: Date
  lastSeen: Date
  times: number
  resolvedAt: Date | null
  /** The id of a change. */
  resolvedAfter: string | null
}

const columns = `id, check_code as "check", subject, service, environment, status, severity, evidence, consequence,
  remedy, capability, first_seen as "firstSeen", last_seen as "lastSeen", times, resolved_at as "resolvedAt",
  resolved_after as "resolvedAfter"`

/** From here to the commit nobody else writes findings: what two rounds found at once is counted twice, not kept twice. */
export async function lockFindings(tx: Tx): Promise<void> {
  // Of this schema's table: its name is replaced here as well.
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('becket.finding', 0))`)
}

/** One that is open already is seen once more, as it is now. Relies on finding_open. */
export async function openFindings(tx: Tx, findings: readonly OpenFinding[]): Promise<void> {
  if (findings.length === 0) return
  const column = <Value>(value: (finding: OpenFinding) => Value) => findings.map(value)
  await tx.query(
    `insert into becket.finding as f (id, check_code, subject, service, environment, status, severity, evidence,
       consequence, remedy, capability)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
       $9::text[], $10::text[], $11::text[])
     on conflict (check_code, subject, service) where resolved_at is null do update set
       environment = excluded.environment, status = excluded.status, severity = excluded.severity,
       evidence = excluded.evidence, consequence = excluded.consequence, remedy = excluded.remedy,
       capability = excluded.capability, last_seen = clock_timestamp(), times = f.times + 1`,
    [
      column(() => newId('finding')),
      column((finding) => finding.check),
      column((finding) => finding.subject),
      column((finding) => finding.service),
      column((finding) => finding.environment),
      column((finding) => finding.status),
      column((finding) => finding.severity),
      column((finding) => finding.evidence),
      column((finding) => finding.consequence),
      column((finding) => finding.remedy),
      column((finding) => finding.capability),
    ],
  )
}

export interface Passed {
  /** The checks that were made: what they found before and do not find now has passed. */
  checks: readonly string[]
  service: string
  /** Still found, or not known to have passed: `check`, `subject` of each. */
  except: readonly { check: string; subject: string }[]
}

/** Resolves what is open and was not found again; answers how many. */
export async function resolvePassed(tx: Tx, { checks, service, except }: Passed): Promise<number> {
  const { count } = await tx.query(
    `update becket.finding f set resolved_at = clock_timestamp(),
       resolved_after = (select max(c.id) from becket.change c where c.at >= f.first_seen)
     where f.resolved_at is null and f.service = $2 and f.check_code = any($1)
       and not exists (
         select 1 from unnest($3::text[], $4::text[]) as kept (check_code, subject)
         where kept.check_code = f.check_code and kept.subject = f.subject)`,
    [checks, service, except.map(({ check }) => check), except.map(({ subject }) => subject)],
  )
  return count
}

export interface FindingFilter {
  statuses: readonly FindingStatus[] | null
  severities: readonly FindingSeverity[] | null
  check: string | null
  before: string | null
  limit: number
}

/** Newest first. Relies on the primary key. */
export async function listFindings(db: Queryable, filter: FindingFilter): Promise<FindingRow[]> {
  const { rows } = await db.query<FindingRow>(
    `select ${columns} from becket.finding
     where ($1::text[] is null or case when resolved_at is null then status else 'resolved' end = any($1))
       and ($2::text[] is null or severity = any($2))
       and ($3::text is null or check_code = $3) and ($4::text is null or id < $4)
     order by id desc limit $5`,
    [filter.statuses, filter.severities, filter.check, filter.before, filter.limit],
  )
  return rows
}

export async function readFinding(db: Queryable, id: string): Promise<FindingRow | null> {
  const { rows } = await db.query<FindingRow>(`select ${columns} from becket.finding where id = $1`, [id])
  return rows[0] ?? null
}
