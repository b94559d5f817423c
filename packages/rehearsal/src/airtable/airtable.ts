/**
 * An Airtable in memory: records with declared fields, upserts, the two limits and their lockout, and attachments that
 * arrive later than the answer. Misbehaves on demand. The wiring of its rooms; knows neither views nor formulas in fields.
 */
import { randomBytes } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { createAttempts } from '../faults/attempts.ts'
import { createDice } from '../faults/dice.ts'
import type { AirtableFaults, FaultsInput } from '../faults/faults.ts'
import { parseFaults } from '../faults/parse-faults.ts'
import { createLedger, type Ledger } from '../ledger/ledger.ts'
import type { Reach } from '../stage/reach.ts'
import { createStage, silentLog } from '../stage/stand-in.ts'
import type { StandIn, StandInOptions } from '../stage/stand-in-options.ts'
import { pause, type Tasks } from '../stage/tasks.ts'
import { type Bases, DEFAULT_BASE, DEFAULT_BASES } from './bases.ts'
import { createFetcher, type Fetcher } from './fetcher.ts'
import { createLimits, type Limits } from './limits.ts'
import { createAirtableMishaps } from './mishaps.ts'
import { recordOf } from './reading.ts'
import { BROKEN, badBody, bodyOf, NO_KEY, NOT_FOUND, type Refusal, THROTTLED } from './refusal.ts'
import { createTableRoutes, type Done, type TableRequest } from './routes.ts'
import { createTables } from './tables.ts'

export interface AirtableOptions extends StandInOptions {
  faults?: FaultsInput['airtable']
  /** Default: one base with the tables of a video pipeline; see `bases.ts`. */
  bases?: Bases
  /** Requests a second. Default 5 of a base and 50 of the key, as in life; null: none. */
  limits?: { perBase: number; perKey: number } | null
  /** Of the lockout and of attachments; 1, the default, is as slow as in life: 30 s, and 2 s. */
  timeScale?: number
  /** From where attachments may be fetched. Default: this machine only. */
  reach?: Reach
}

export interface AirtableAddress {
  /** The origin; routes begin with `/v0`. Uploads go here as well, where the real one has a host of its own. */
  baseUrl: string
  apiKey: string
  /** The first base there is. */
  base: string
}

/** One record as a reader sees it. */
export interface AirtableRow {
  base: string
  table: string
  id: string
  fields: Record<string, unknown>
}

export interface AirtableStandIn extends StandIn<AirtableAddress> {
  setFaults(faults: FaultsInput['airtable']): void
  /** All records there are, in the order in which they were made. Not counted against any limit. */
  rows(): AirtableRow[]
}

const LOCKOUT_MS = 30_000
const ATTACHMENT_MS = 2_000
// Two hours, as in life: an address of Airtable's own is not one to keep.
const ADDRESS_LASTS_MS = 7_200_000
// 5 MB of attachment are 7 MB in base64.
const MAX_BODY_BYTES = 8 * 1024 * 1024

export function createAirtable(options: AirtableOptions): AirtableStandIn {
  const { environment, host = '127.0.0.1', port = 0, bases = DEFAULT_BASES, now = Date.now, timeScale = 1 } = options
  const { log = silentLog, maxBodyBytes = MAX_BODY_BYTES, reach = 'loopback' } = options
  const apiKey = options.apiKey ?? `rehearsal-${randomBytes(12).toString('hex')}`
  const ledger: Ledger = options.ledger ?? createLedger({ now })
  const tables = createTables(bases, now)
  const limits = limitsOf(options, now)
  let faults: AirtableFaults = readFaults(options.faults)
  const mishaps = createAirtableMishaps({
    attempts: createAttempts(),
    dice: createDice(options.seed),
    faults: () => faults,
    ledger,
  })
  let origin = ''

  function build(app: FastifyInstance, tasks: Tasks): void {
    const urlOf = (id: string, filename: string) =>
      `${origin}/attachments/${id}/${now() + ADDRESS_LASTS_MS}/${encodeURIComponent(filename)}`
    const fetcher = createFetcher({ ledger, reach, tasks, urlOf, delayMs: ATTACHMENT_MS, timeScale })
    const answer = createTableRoutes(tables, fetcher)

    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
    app.setNotFoundHandler((_request, reply) => refuse(reply, NOT_FOUND))
    app.get<FileRoute>('/attachments/:id/:expires/:name', (request, reply) => sendFile(request, reply, fetcher, now))
    app.route({
      method: ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'],
      url: '/v0/*',
      handler: async (request, reply) => {
        if (request.headers.authorization !== `Bearer ${apiKey}`) return refuse(reply, NO_KEY)
        const asked = readRequest(request)
        if (asked === null) return refuse(reply, badBody('the request cannot be read'))
        const touched = mishaps.touch([asked.method, asked.base, asked.parts, [...asked.query], asked.body])
        const told = await serve({ ...asked, touched, signal: tasks.signal }, answer)
        note(asked, told)
        return send(reply, told)
      },
    })
  }

  async function serve(asked: TableRequest, answer: (asked: TableRequest) => Promise<Done | Refusal>): Promise<Told> {
    const { touched, base } = asked
    if (limits?.admits(base) === false) return THROTTLED
    const ms = touched.luck.ms('delay', touched.faults.delay)
    await pause(ms, asked.signal)
    if (touched.strikes('throttle')) {
      limits?.lock(base)
      return THROTTLED
    }
    if (touched.strikes('error500')) return BROKEN
    const done = await answer(asked)
    const isDropped = done.kind === 'done' && done.writes && touched.strikes('dropAfterWrite')
    return isDropped ? { ...done, kind: 'dropped' } : done
  }

  function note({ method, base, parts }: Pick<TableRequest, 'method' | 'base' | 'parts'>, told: Told): void {
    if (told.kind === 'refused') {
      const operation = method === 'GET' ? 'list' : (refusedOperations[method] ?? 'create')
      const table = parts[0] ?? ''
      const nothing = { recordIds: [], created: 0 }
      ledger.record({ kind: 'records', operation, base, table, ...nothing, status: told.status, error: told.type })
      return
    }
    const { operation, table, recordIds, created } = told
    const status = told.kind === 'dropped' ? null : 200
    ledger.record({ kind: 'records', operation, base, table, recordIds, created, status, error: null })
  }

  const stage = createStage({ name: 'airtable', environment, host, port, maxBodyBytes, log, build })
  return {
    ledger,
    async start() {
      origin = await stage.start()
      return { baseUrl: origin, apiKey, base: Object.keys(bases)[0] ?? DEFAULT_BASE }
    },
    stop: stage.stop,
    setFaults(next) {
      faults = readFaults(next)
    },
    rows: () =>
      tables
        .all()
        .flatMap(({ base, name: table, rows }) =>
          [...rows.values()].map((row) => ({ base, table, id: row.id, fields: recordOf(row).fields })),
        ),
  }
}

/** `dropped`: written, and nobody is told. */
type Told = Done | (Omit<Done, 'kind'> & { kind: 'dropped' }) | Refusal

const refusedOperations: Readonly<Record<string, 'update' | 'replace' | 'delete'>> = {
  PATCH: 'update',
  PUT: 'replace',
  DELETE: 'delete',
}

interface FileRoute {
  Params: { id: string; expires: string; name: string }
}

function sendFile(
  { params }: FastifyRequest<FileRoute>,
  reply: FastifyReply,
  fetcher: Fetcher,
  now: () => number,
): FastifyReply {
  const file = fetcher.find(params.id)
  if (file === undefined) return refuse(reply, NOT_FOUND)
  return Number(params.expires) > now() ? reply.type(file.type).send(file.bytes) : reply.code(410).send('Expired')
}

function send(reply: FastifyReply, told: Told): FastifyReply {
  switch (told.kind) {
    case 'done':
      return reply.send(told.body)
    case 'refused':
      return refuse(reply, told)
    case 'dropped':
      reply.hijack()
      reply.raw.destroy()
      return reply
    default:
      throw told satisfies never
  }
}

function refuse(reply: FastifyReply, told: Refusal): FastifyReply {
  return reply.code(told.status).send(bodyOf(told))
}

/** Null: not well encoded, or no JSON. */
function readRequest(request: FastifyRequest): Omit<TableRequest, 'touched' | 'signal'> | null {
  const url = request.raw.url ?? '/'
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
  const text = typeof request.body === 'string' ? request.body : ''
  try {
    // The official client ends some paths with a slash.
    const [base = '', ...parts] = path.replace(/\/$/, '').split('/').slice(2).map(decodeURIComponent)
    return { method: request.method, base, parts, query, body: text === '' ? null : JSON.parse(text) }
  } catch {
    return null
  }
}

function limitsOf({ limits, timeScale = 1 }: AirtableOptions, now: () => number): Limits | null {
  if (limits === null) return null
  const { perBase = 5, perKey = 50 } = limits ?? {}
  return createLimits({ perBase, perKey, lockoutMs: LOCKOUT_MS * timeScale, now })
}

function readFaults(airtable: FaultsInput['airtable']): AirtableFaults {
  return parseFaults(airtable === undefined ? {} : { airtable }).airtable
}
