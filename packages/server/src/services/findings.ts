/**
 * What the doctor says, kept: opened when it is first found, seen again, and resolved when it passes, with the change that
 * came before. Has the server examine itself when it is asked to; what is examined, and how, is `examination.ts`.
 */
import type { DoctorRun, Finding, FindingQuery, Page, StartDoctorRun } from '@becket/client/contract'
import { anyCheckOf } from '../core/doctor/running-checks.ts'
import type { Db } from '../db/db.ts'
import type { Log } from '../observe/log.ts'
import { readChanges } from '../store/changes.ts'
import { type DoctorRunRow, endRun, forgetRuns, readRun, startRun } from '../store/doctor-runs.ts'
import {
  type FindingRow,
  listFindings,
  lockFindings,
  type OpenFinding,
  openFindings,
  readFinding,
  resolvePassed,
} from '../store/findings.ts'
import { shownChange } from './changes.ts'
import type { Examination, Examined, Found } from './examination.ts'
import { pageOf, time, timeOrNull } from './paging.ts'
import type { Principal } from './principal.ts'

export interface FindingServiceOptions {
  db: Db
  instanceId: string
  environment: string
  examination: Examination
  log: Log
}

// 5 min: no round takes so long; the process that ran it went away.
const LOST_MS = 300_000
// What an index entry holds; the evidence says it whole.
const MAX_SUBJECT = 300

export function createFindingService({ db, instanceId, environment, examination, log }: FindingServiceOptions) {
  const underWay = new Set<Promise<unknown>>()
  const stopping = new AbortController()

  async function list(query: FindingQuery): Promise<Page<Finding>> {
    const rows = await listFindings(db, {
      statuses: query.status ?? null,
      severities: query.severity ?? null,
      check: query.check ?? null,
      before: query.cursor ?? null,
      limit: query.limit,
    })
    const shown = await shownFindings(rows)
    return pageOf(rows, query.limit, (row) => required(shown.get(row.id)))
  }

  async function get(id: string): Promise<Finding | null> {
    const row = await readFinding(db, id)
    return row === null ? null : ((await shownFindings([row])).get(row.id) ?? null)
  }

  async function shownFindings(rows: readonly FindingRow[]): Promise<Map<string, Finding>> {
    const changes = await readChanges(
      db,
      rows.flatMap(({ resolvedAfter }) => (resolvedAfter === null ? [] : [resolvedAfter])),
    )
    return new Map(
      rows.map((row) => {
        const change = row.resolvedAfter === null ? undefined : changes.get(row.resolvedAfter)
        return [row.id, { ...shownFinding(row), resolvedAfter: change === undefined ? null : shownChange(change) }]
      }),
    )
  }

  /** Keeps what one round found; what it found before and not now, though it looked, has passed. */
  async function record(found: readonly Found[]): Promise<void> {
    await db.tx(async (tx) => {
      await lockFindings(tx)
      const open = found.filter(({ status, isUnasked }) => status !== 'pass' && isUnasked !== true)
      await openFindings(tx, once(open.map((each) => rowOf(each, environment))))
      for (const service of new Set(found.map((each) => each.service ?? ''))) {
        const here = found.filter((each) => (each.service ?? '') === service)
        // Of a check that was not made, nothing is known: what it found before stays open.
        const unmade = new Set(here.filter(wasNotMade).map(({ check }) => check))
        const checks = [...new Set(here.map(({ check }) => check))].filter((check) => !unmade.has(check))
        const except = here
          .filter(({ status }) => status !== 'pass')
          .map(({ check, subject }) => ({ check, subject: short(subject) }))
        await resolvePassed(tx, { checks, service, except })
      }
    })
  }

  /** Answers at once; the examination goes on. */
  async function run(request: StartDoctorRun, by: Principal): Promise<DoctorRun> {
    const started = await startRun(db, { instanceId, by: by.name })
    const work = carryOut(started, request, stopping.signal).catch((error: unknown) => {
      log.error({ runId: started.id, err: error }, 'the examination did not come to its end')
    })
    underWay.add(work)
    void work.finally(() => underWay.delete(work))
    return shownRun(started)
  }

  /** As `run`, but waits for its end. Rejects when it did not come to one. */
  async function examine(request: StartDoctorRun, by: string, signal: AbortSignal): Promise<Examined> {
    return carryOut(await startRun(db, { instanceId, by }), request, AbortSignal.any([signal, stopping.signal]))
  }

  async function carryOut({ id }: DoctorRunRow, request: StartDoctorRun, signal: AbortSignal): Promise<Examined> {
    try {
      const examined = await examination.examine(request, signal)
      await record(examined.found)
      const { found, steps } = examined
      const count = (status: Found['status']) => found.filter((each) => each.status === status).length
      await endRun(db, id, {
        passed: count('pass'),
        failed: count('fail'),
        unknown: count('unknown'),
        steps,
        error: null,
      })
      await forgetRuns(db)
      return examined
    } catch (error) {
      const message = signal.aborted ? 'the process stopped' : error instanceof Error ? error.message : String(error)
      await endRun(db, id, { passed: 0, failed: 0, unknown: 0, steps: [], error: message }).catch((cause: unknown) => {
        log.warn({ runId: id, err: cause }, 'could not write down that the examination ended')
      })
      throw error
    }
  }

  async function getRun(id: string): Promise<DoctorRun | null> {
    const row = await readRun(db, id)
    return row === null ? null : shownRun(row)
  }

  async function stop(): Promise<void> {
    stopping.abort()
    await Promise.all(underWay)
  }

  return { list, get, record, run, getRun, examine, stop }
}

function shownRun(row: DoctorRunRow): DoctorRun {
  const shown = { ...row, startedAt: time(row.startedAt), endedAt: timeOrNull(row.endedAt) }
  if (row.state !== 'running' || Date.now() - row.startedAt.getTime() < LOST_MS) return shown
  return { ...shown, state: 'failed', error: 'the process that ran it went away' }
}

function shownFinding(row: FindingRow): Omit<Finding, 'resolvedAfter'> {
  const { resolvedAfter: _resolvedAfter, service, status, ...facts } = row
  return {
    ...facts,
    title: anyCheckOf(row.check)?.title ?? row.check,
    service: service === '' ? null : service,
    status: row.resolvedAt === null ? status : 'resolved',
    firstSeen: time(row.firstSeen),
    lastSeen: time(row.lastSeen),
    resolvedAt: timeOrNull(row.resolvedAt),
  }
}

function rowOf(found: Found, environment: string): OpenFinding {
  return {
    check: found.check,
    subject: short(found.subject),
    service: found.service ?? '',
    environment,
    status: found.status === 'fail' ? 'fail' : 'unknown',
    severity: found.severity,
    evidence: found.evidence,
    consequence: found.consequence,
    remedy: found.remedy,
    capability: found.capability ?? null,
  }
}

function wasNotMade({ isUnasked, isBroken }: Found): boolean {
  return isUnasked === true || isBroken === true
}

/** One statement cannot write one row twice. */
function once(rows: readonly OpenFinding[]): OpenFinding[] {
  return [...new Map(rows.map((row) => [JSON.stringify([row.check, row.subject, row.service]), row])).values()]
}

function short(subject: string): string {
  return subject.slice(0, MAX_SUBJECT)
}

function required(finding: Finding | undefined): Finding {
  if (finding === undefined) throw new Error('unreachable: every row was shown')
  return finding
}
