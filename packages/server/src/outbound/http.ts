/**
 * The way out over HTTP: one guarded, pooled client per source. Adds the source's credentials, follows redirects, sets
 * the deadline, and leaves one record per hop. Retries nothing and knows no provider.
 */
import type { LookupFunction } from 'node:net'
import { Agent } from 'undici'
import { AppError } from '../core/error.ts'
import type { PaceGate } from '../core/pace-gate.ts'
import { startDeadline } from './deadline.ts'
import { type Exchange, type ExchangeResult, exchange } from './exchange.ts'
import { BlockedError, type FaultCode, faultMessage } from './fault.ts'
import { guardedConnector, refuseUrl } from './guard.ts'
import type { DownloadRequest, Outbound, OutboundAnswer, OutboundRequest, RequestRecord, SeePiece } from './outbound.ts'
import { hidesSecrets } from './own-secrets.ts'
import { recordedUrl } from './recorded-url.ts'
import { decideRedirect } from './redirect.ts'
import { type EncodedBody, encodeBody } from './request-body.ts'
import { resolveUrl } from './resolve-url.ts'
import { readRetryAfter } from './retry-after.ts'
import { subjectOf } from './subject.ts'
import { awaitTurn } from './turn.ts'

// 30 s: what the slowest provider needs for an answer that is not a result.
const DEADLINE_MS = 30_000
// 10 min: a gigabyte at two megabytes per second. 30 s: so long nothing comes from who will send nothing more.
const DOWNLOAD_DEADLINE_MS = 600_000
const DOWNLOAD_IDLE_MS = 30_000
const MAX_BYTES = 32 * 1024 * 1024
const MAX_REDIRECTS = 3
// 64 sockets to one origin: more than a process has slots by default, fewer than a provider takes for an attack.
const CONNECTIONS_PER_ORIGIN = 64
// 100: a source calls one or two; where outputs lie may be any number.
const REMEMBERED_ORIGINS = 100

/** What may travel to another origin than the one it was meant for. */
const travellingHeaders: ReadonlySet<string> = new Set(['accept', 'accept-encoding', 'user-agent', 'range'])

export interface OutboundOptions {
  /** The source's name, for records. */
  source: string
  /** Paths are resolved against it; its origin gets the credentials, and only it may be private. */
  baseUrl?: string
  credentials?: { header: string; value: string }
  /** What requests carry beside the credentials and no answer may repeat: secrets in bodies and in other headers. */
  secrets?: readonly string[]
  /** Other origins of the same API, by its own documentation: they may be called, and get the credentials as well. */
  credentialOrigins?: readonly string[]
  /** When given, no origin beside these and the `baseUrl`'s is called, by redirect neither. */
  allowOrigins?: readonly string[]
  /** Lets every URL lead to private addresses: for development and for networks that are private throughout. */
  allowPrivate?: boolean
  /** No request waits longer, whatever it asks for. */
  maxDeadlineMs?: number
  log?: { debug(facts: object, message: string): void; error(facts: object, message: string): void }
  /** Must not throw; if it does, the request goes on and the log says so. */
  record?(request: RequestRecord): void
  /** Every hop of every request takes its turn here. */
  pace?: PaceGate
  /** Milliseconds since 1970, for Retry-After dates. */
  now?(): number
  lookup?: LookupFunction
}

export interface HttpOutbound extends Outbound {
  /** Ends open connections; requests under way end as faults. Repeatable. */
  close(): Promise<void>
}

export function createOutbound(options: OutboundOptions): HttpOutbound {
  const { source, credentials, allowPrivate = false, log, pace, now = Date.now } = options
  const hidden = hidesSecrets(options.secrets ?? [], credentials?.value)
  const base = options.baseUrl === undefined ? null : parseBase(source, options.baseUrl)
  const baseOrigin = base?.origin ?? null
  const allowed = options.allowOrigins?.map((origin) => parseBase(source, origin).origin)
  const others = (options.credentialOrigins ?? []).map((origin) => parseBase(source, origin).origin)
  /** Nothing but its origin decides about a URL without a user, and each request asks. */
  const passed = new Set<string>()
  const isHome = (origin: string) => origin === baseOrigin || others.includes(origin)
  const mayBePrivate = (origin: string) => allowPrivate || origin === baseOrigin
  const agent = new Agent({
    connections: CONNECTIONS_PER_ORIGIN,
    connect: guardedConnector({ mayBePrivate, ...(options.lookup && { lookup: options.lookup }) }),
  })

  function refuse(url: URL): { code: FaultCode; reason?: string } | null {
    const { origin } = url
    const namesNobody = url.username === '' && url.password === ''
    if (namesNobody && passed.has(origin)) return null
    const reason = refuseUrl(url, mayBePrivate(origin))
    if (reason !== null) return { code: 'ADDRESS_BLOCKED', reason }
    if (!isHome(origin) && allowed?.includes(origin) === false) return { code: 'ORIGIN_NOT_ALLOWED' }
    if (passed.size >= REMEMBERED_ORIGINS) passed.clear()
    passed.add(origin)
    return null
  }

  function leaveRecord(record: RequestRecord): void {
    log?.debug(record, 'outbound request')
    try {
      options.record?.(record)
    } catch (error) {
      log?.error({ err: error, source }, 'the record of an outbound request was not taken')
    }
  }

  function unsent(request: OutboundRequest, url: string | URL): RequestRecord {
    const { operation = null, method } = request
    const subject = subjectOf(request.signal)
    return { source, operation, method, url: recordedUrl(url), status: null, fault: null, tookMs: 0, bytes: 0, subject }
  }

  async function attemptHop(
    request: OutboundRequest,
    hop: Hop,
    limits: Pick<Exchange, 'deadline' | 'show'>,
  ): Promise<HopResult> {
    const refusal = refuse(hop.url)
    const turn = refusal === null && pace !== undefined ? await awaitTurn(pace, limits.deadline) : null
    // From here on, so that the wait for its turn does not look like a slow answer.
    const startedMs = performance.now()
    let result: HopResult
    if (refusal !== null) {
      result = { kind: 'fault', code: refusal.code, sent: false, bytes: 0, error: new BlockedError(refusal.reason) }
    } else if (turn?.kind === 'fault') {
      result = { sent: false, bytes: 0, ...turn }
    } else {
      result = await exchange(agent, { ...hop, ...limits, maxBytes: request.maxBytes ?? MAX_BYTES })
    }
    leaveRecord({
      ...unsent(request, hop.url),
      status: result.kind === 'answer' ? result.status : null,
      fault: result.kind === 'fault' ? result.code : null,
      tookMs: Math.round(performance.now() - startedMs),
      bytes: result.bytes,
    })
    return result
  }

  async function send(request: OutboundRequest, show?: Exchange['show']): Promise<OutboundAnswer> {
    const startedMs = performance.now()
    const tookMs = () => Math.round(performance.now() - startedMs)
    const fault = (code: FaultCode, host: string, sent: boolean, reason?: string): OutboundAnswer => {
      return { kind: 'fault', code, message: faultMessage(code, host, reason), sent, tookMs: tookMs() }
    }
    const first = resolveUrl(request.url, base)
    if (first === null) {
      leaveRecord({ ...unsent(request, request.url), fault: 'URL_INVALID' })
      return fault('URL_INVALID', source, false, base === null ? 'it is not a whole URL' : 'it is not a URL or path')
    }
    const { body, contentType } = encodeBody(request.body)
    const ours = {
      'accept-encoding': 'identity',
      'user-agent': 'becket',
      ...contentType,
      ...lowerCase(request.headers),
    }
    const isTrusted = request.authenticated && credentials !== undefined && isHome(first.origin)
    const secret = isTrusted ? { [credentials.header.toLowerCase()]: credentials.value } : {}
    let hop: Hop = { url: first, method: request.method, headers: { ...ours, ...secret }, body }
    const deadlineMs = Math.min(request.deadlineMs ?? DEADLINE_MS, options.maxDeadlineMs ?? Number.POSITIVE_INFINITY)
    const deadline = startDeadline(request.signal, deadlineMs)
    try {
      for (let redirects = 0; ; redirects++) {
        const result = await attemptHop(request, hop, { deadline, ...(show && { show }) })
        if (result.kind === 'unseen') throw result.thrown
        if (result.kind === 'fault') {
          const reason = result.error instanceof BlockedError ? result.error.message || undefined : undefined
          const told = fault(result.code, hop.url.host, result.sent || redirects > 0, reason)
          return result.retryAfterMs === undefined ? told : { ...told, retryAfterMs: result.retryAfterMs }
        }
        const { status, headers } = result
        const decision = decideRedirect({ ...hop, status, location: headers.location, baseOrigin })
        if (decision.kind === 'stay') {
          const retryAfterMs = readRetryAfter(headers['retry-after'], now())
          // Said to one request, meant for all: whoever goes on calling makes it worse for everybody.
          if (status === 429 && retryAfterMs !== null) await pace?.pause(retryAfterMs, `${hop.url.host} answered 429`)
          const [told, body] = [hidden.headers(headers), hidden.bytes(result.body)]
          return { kind: 'answer', status, headers: told, body, tookMs: tookMs(), retryAfterMs }
        }
        if (decision.kind === 'refuse') return fault('REDIRECT_BLOCKED', hop.url.host, true, decision.reason)
        if (redirects === MAX_REDIRECTS) return fault('TOO_MANY_REDIRECTS', hop.url.host, true)
        const staysHome = decision.url.origin === hop.url.origin
        hop = { ...hop, url: decision.url, headers: staysHome ? hop.headers : travelling(hop.headers) }
      }
    } finally {
      deadline.release()
    }
  }

  return {
    request: (request) => send(request),
    download: (request: DownloadRequest, see: SeePiece) =>
      send(
        { ...request, deadlineMs: request.deadlineMs ?? DOWNLOAD_DEADLINE_MS },
        { see, idleMs: request.idleMs ?? DOWNLOAD_IDLE_MS },
      ),
    close: () => agent.destroy(),
  }
}

/** `retryAfterMs`: of a hop that was kept back for its pace. */
type HopResult = ExchangeResult & { retryAfterMs?: number }

interface Hop {
  url: URL
  method: string
  headers: Record<string, string>
  body: EncodedBody | null
}

function parseBase(source: string, text: string): URL {
  if (URL.canParse(text)) {
    const url = new URL(text)
    const reason = refuseUrl(url, true)
    if (reason === null) return url
    throw new AppError('CONFIGURATION_INVALID', `Source ${source} cannot call ${recordedUrl(url)}: ${reason}.`)
  }
  throw new AppError('CONFIGURATION_INVALID', `Source ${source} has an address that is not a URL.`, {
    hint: 'Write it whole, like https://api.example.org.',
  })
}

function lowerCase(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function travelling(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => travellingHeaders.has(name)))
}
