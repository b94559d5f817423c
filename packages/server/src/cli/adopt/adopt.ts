/** `becket adopt`: shows which jobs of somebody else's table could be taken over, and with `--yes` takes them over. */
import { setTimeout as pause } from 'node:timers/promises'
import { parseDuration } from '@becket/client'
import { readVariables, type Variables } from '../../config/dotenv.ts'
import { createPool } from '../../db/pool.ts'
import { createOutbound } from '../../outbound/http.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { UsageError } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { openSession, type RemoteFlags, type Session } from '../remote.ts'
import { readAirtable } from './airtable-reader.ts'
import type { Mapping } from './meaning.ts'
import { type PlanEntry, planTakeover, takeoversOf } from './plan.ts'
import { readUploadJobs } from './postgres-reader.ts'
import { adoptedJson, countAdopted, planJson, printAdopted, printDryRun, printPlan } from './report.ts'
import type { StuckJobs } from './stuck-job.ts'
import { type Adopted, takeOver } from './takeover.ts'

export interface AdoptFlags extends RemoteFlags {
  from: 'airtable' | 'postgres'
  base?: string
  table: string
  status: string[]
  statusField: string
  idField: string
  typeField: string[]
  databaseUrl?: string
  schema: string
  source?: string
  map: Mapping[]
  artifact?: string
  deliverTo: string[]
  olderThan: string
  limit: number
  yes?: boolean
  wait: string
}

const AIRTABLE = 'https://api.airtable.com'

export async function adopt(io: CliIo, flags: AdoptFlags): Promise<ExitCode> {
  const olderThanMs = durationOf('--older-than', flags.olderThan)
  const waitMs = durationOf('--wait', flags.wait)
  const variables = await readVariables(io.env, io.cwd)
  const session = await openSession(io, flags)
  const stopped = new AbortController()
  const release = io.onSignal(() => stopped.abort())
  try {
    const { becket } = session
    const sources = await becket.sources.list()
    const found = await readStuck(io, flags, variables, stopped.signal)
    const nowMs = io.now()
    const old = found.jobs.filter(({ sinceMs }) => nowMs - sinceMs >= olderThanMs)
    const oldest = old.toSorted((one, other) => one.sinceMs - other.sinceMs).slice(0, flags.limit)
    const options = { sources, mappings: flags.map, source: flags.source ?? null, artifact: flags.artifact ?? null }
    const plan = planTakeover(oldest, options)
    const isCut = found.isMore || old.length > oldest.length
    if (flags.yes !== true) return showPlan(session, plan, { flags, nowMs, isCut })
    if (!session.isJson) showTable(session, plan, { flags, nowMs, isCut })
    const adopted = await takeOver(takeoversOf(plan), {
      becket,
      deliverTo: flags.deliverTo,
      from: flags.from === 'airtable' ? `airtable ${flags.base ?? ''}/${flags.table}` : `postgres ${flags.schema}`,
      waitMs,
      now: io.now,
      // Aborted: whoever follows sees it by the signal.
      rest: (ms) => pause(ms, undefined, { signal: stopped.signal }).catch(() => undefined),
      signal: stopped.signal,
    })
    return showAdopted(session, plan, adopted, nowMs)
  } finally {
    release()
  }
}

function showTable(
  { output }: Session,
  plan: readonly PlanEntry[],
  { flags, nowMs, isCut }: { flags: AdoptFlags; nowMs: number; isCut: boolean },
): void {
  if (plan.length > 0) printPlan(output, plan, nowMs)
  else {
    const which = flags.from === 'airtable' ? `with the status ${flags.status.join(' or ')}` : 'that are not finished'
    output.line(`There are no jobs ${which} for ${flags.olderThan} and longer.`)
  }
  if (isCut)
    output.line(`There are more than these ${plan.length}: --limit shows more, and a second run takes them over.`)
}

function showPlan(
  session: Session,
  plan: readonly PlanEntry[],
  at: { flags: AdoptFlags; nowMs: number; isCut: boolean },
): ExitCode {
  session.show({ dryRun: true, isMore: at.isCut, jobs: planJson(plan, at.nowMs) }, () => {
    showTable(session, plan, at)
    printDryRun(session.output, plan)
  })
  return exitCodes.ok
}

/** 0 only if all that was taken over succeeded. */
function showAdopted(
  session: Session,
  plan: readonly PlanEntry[],
  adopted: readonly Adopted[],
  nowMs: number,
): ExitCode {
  const { known: _known, ...counts } = countAdopted(adopted)
  session.show({ dryRun: false, ...counts, jobs: planJson(plan, nowMs), adopted: adoptedJson(adopted) }, () => {
    session.output.line()
    if (adopted.length > 0) printAdopted(session.output, adopted)
    else session.output.line('Nothing was taken over.')
  })
  return counts.succeeded === takeoversOf(plan).length ? exitCodes.ok : exitCodes.failed
}

function readStuck(io: CliIo, flags: AdoptFlags, variables: Variables, signal: AbortSignal): Promise<StuckJobs> {
  return flags.from === 'airtable' ? fromAirtable(io, flags, variables, signal) : fromPostgres(flags, variables)
}

async function fromAirtable(
  io: CliIo,
  flags: AdoptFlags,
  variables: Variables,
  signal: AbortSignal,
): Promise<StuckJobs> {
  const apiKey = variables.get('AIRTABLE_API_KEY')
  const base = flags.base ?? variables.get('AIRTABLE_BASE_ID')
  if (base === undefined) throw new UsageError('--base is missing', 'Its id stands in its address: appAbCdEfGhIjKlMn.')
  if (apiKey === undefined) {
    throw new UsageError('AIRTABLE_API_KEY is not set', 'Set it to a token that may read records of the base.')
  }
  const outbound = createOutbound({
    source: 'airtable',
    baseUrl: variables.get('AIRTABLE_ENDPOINT_URL') ?? AIRTABLE,
    credentials: { header: 'authorization', value: `Bearer ${apiKey}` },
    allowOrigins: [],
  })
  try {
    return await readAirtable({
      table: {
        base,
        table: flags.table,
        statuses: flags.status,
        statusField: flags.statusField,
        externalIdField: flags.idField,
        typeFields: flags.typeField,
      },
      outbound,
      signal,
      onWait: (text) => io.err(text),
    })
  } finally {
    await outbound.close()
  }
}

async function fromPostgres(flags: AdoptFlags, variables: Variables): Promise<StuckJobs> {
  const url = flags.databaseUrl ?? variables.get('ADOPT_DATABASE_URL')
  if (url === undefined) {
    throw new UsageError(
      'the database to read from is not said',
      'Give --database-url, or set ADOPT_DATABASE_URL, which keeps it out of the list of processes.',
    )
  }
  const db = createPool({ url, max: 1 })
  try {
    return await readUploadJobs({ db, schema: flags.schema, limit: flags.limit })
  } finally {
    await db.close()
  }
}

function durationOf(flag: string, text: string): number {
  // A number alone would be minutes to one reader and milliseconds to another.
  const ms = /[a-z]/i.test(text) ? parseDuration(text) : null
  if (ms !== null) return ms
  throw new UsageError(`${flag} is not a duration: ${text}`, 'Write 30s, 5m or 24h.')
}
