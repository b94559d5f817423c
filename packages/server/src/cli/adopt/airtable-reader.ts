/** Reads the jobs that wait in a table of Airtable, page by page and below its limits. Writes nothing there. */
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { AppError } from '../../core/error.ts'
import type { Outbound } from '../../outbound/outbound.ts'
import { readRefusal } from '../../sinks/airtable/refusal.ts'
import type { StuckJob, StuckJobs } from './stuck-job.ts'

export interface AirtableTable {
  base: string
  table: string
  /** Of the select field: which rows are asked for. */
  statuses: readonly string[]
  statusField: string
  externalIdField: string
  /** The first that the row has. */
  typeFields: readonly string[]
}

export interface AirtableReading {
  table: AirtableTable
  outbound: Outbound
  signal: AbortSignal
  /** Told when Airtable wants to be left alone. */
  onWait(text: string): void
}

const pageSchema = z.object({
  records: z.array(
    z.object({ id: z.string(), createdTime: z.iso.datetime(), fields: z.record(z.string(), z.unknown()).default({}) }),
  ),
  offset: z.string().optional(),
})
type Page = z.output<typeof pageSchema>

// 250 ms: four requests a second, of the five that a base takes from everybody together.
const BETWEEN_PAGES_MS = 250
const LOCKOUT_MS = 30_000
const MOST_LOCKOUTS = 3
const MOST_PAGES = 20

export async function readAirtable(reading: AirtableReading): Promise<StuckJobs> {
  const jobs: StuckJob[] = []
  let offset: string | undefined
  for (let count = 0; count < MOST_PAGES; count++) {
    if (count > 0) await pause(BETWEEN_PAGES_MS, undefined, { signal: reading.signal })
    const page = await readPage(reading, offset)
    jobs.push(...page.records.map((record) => jobOf(record, reading.table)))
    offset = page.offset
    if (offset === undefined) break
  }
  return { jobs, isMore: offset !== undefined }
}

async function readPage(reading: AirtableReading, offset: string | undefined): Promise<Page> {
  const { table, outbound, signal, onWait } = reading
  const { base, statuses, statusField } = table
  const isOne = statuses.map((status) => `${fieldIn(statusField)}=${textIn(status)}`)
  const query = new URLSearchParams({ filterByFormula: `OR(${isOne.join(',')})`, pageSize: '100' })
  if (offset !== undefined) query.set('offset', offset)
  for (let lockouts = 0; ; lockouts++) {
    const answer = await outbound.request({
      operation: 'adopt',
      method: 'GET',
      url: `/v0/${encodeURIComponent(base)}/${encodeURIComponent(table.table)}?${query}`,
      headers: { accept: 'application/json' },
      authenticated: true,
      signal,
    })
    if (answer.kind === 'fault')
      throw new AppError('UNAVAILABLE', `Airtable: ${answer.message}`, { hint: 'Try again.' })
    if (answer.status === 200) return pageOf(answer.body)
    const isLimit = answer.status === 429 && lockouts < MOST_LOCKOUTS
    if (!isLimit) throw failure(answer.status, answer.body, table)
    const waitMs = Math.max(answer.retryAfterMs ?? 0, LOCKOUT_MS)
    onWait(`Airtable has had enough requests to base ${base}; going on in ${Math.round(waitMs / 1000)} s`)
    await pause(waitMs, undefined, { signal })
  }
}

function pageOf(body: Buffer): Page {
  const parsed = pageSchema.safeParse(parseJson(body))
  if (parsed.success) return parsed.data
  throw new AppError('UNAVAILABLE', 'Airtable answered with something that is not a page of records', {
    hint: 'Look whether a proxy stands in between.',
  })
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}

function failure(status: number, body: Buffer, { base, table }: AirtableTable): AppError {
  const { message } = readRefusal(status, body)
  const detail = `Airtable answered ${status} for table ${table} of base ${base}: ${message}`
  if (status === 401) return new AppError('UNAUTHENTICATED', detail, { hint: 'Check AIRTABLE_API_KEY.' })
  const mayRead = 'Check --base and --table, and that the token in AIRTABLE_API_KEY may read this base.'
  if (status === 403 || status === 404) return new AppError('NOT_FOUND', detail, { hint: mayRead })
  if (status === 422) {
    return new AppError('REQUEST_INVALID', detail, { hint: 'Name the field of statuses by --status-field.' })
  }
  return new AppError('UNAVAILABLE', detail, { hint: 'Try again later.' })
}

function jobOf({ id, createdTime, fields }: Page['records'][number], table: AirtableTable): StuckJob {
  const facts = Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => {
      const text = textOf(value)
      return text === null ? [] : [[name, text]]
    }),
  )
  return {
    id,
    type: table.typeFields.map((field) => facts[field]).find((type) => type !== undefined) ?? null,
    status: facts[table.statusField] ?? '',
    externalId: facts[table.externalIdField] ?? null,
    sinceMs: Date.parse(createdTime),
    facts,
    obstacle: null,
  }
}

/** Null for what is empty, and for what is no text. `null` in letters is what a null id was written as. */
function textOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const text = String(value).trim()
  return text === '' || /^(null|none|undefined)$/i.test(text) ? null : text
}

function fieldIn(name: string): string {
  return `{${name.replace(/[\\}]/g, '\\$&')}}`
}

function textIn(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`
}
