/**
 * Takes one callback in: who sent it, whether it proves that, and the raw bytes into the database, before anything is
 * answered. Reads no payload and settles nothing; that is the matcher's.
 */
import { readCallbackToken, redactTokens, type TokenKeys } from '../core/callback-token.ts'
import { dedupKey } from '../core/correlation.ts'
import { sha256 } from '../core/digest.ts'
import { AppError } from '../core/error.ts'
import { allFeatures, type Features } from '../core/feature.ts'
import { redactHeaders, redactUrl } from '../core/redact.ts'
import { isSecretName } from '../core/secret-name.ts'
import { answerSelfTest } from '../core/self-test.ts'
import { handshakeFor } from '../core/signature/handshake.ts'
import { verifySignature } from '../core/signature/judge.ts'
import type { SignedRequest } from '../core/signature/request.ts'
import { signatureHeadersOf } from '../core/signature/scheme-of.ts'
import type { Log } from '../observe/log.ts'
import type { Source, Sources } from '../providers/sources.ts'
import type { NewCallback } from '../store/callbacks.ts'
import { newId } from '../store/new-id.ts'
import { createRefusedQuota } from './refused-quota.ts'

/** The bytes as they came, nothing parsed, nothing judged. */
export interface IntakeRequest {
  /** Null: no source claims the path. */
  source: string | null
  /** The path without the query, as it came. */
  path: string
  /** `GET` and `PUT` too; a HEAD comes as the GET that it asks about. */
  method: string
  /** Path and query as they came; may hold a token of ours. */
  url: string
  /** Name, value, name, value, … as they came, repeated ones too. */
  rawHeaders: string[]
  body: Buffer
  /** What stands behind `/t/` in the address. */
  token?: string
  /** What a configured path says by its `{names}`. */
  params: Record<string, string>
  remoteAddress: string
}

export interface IntakeAnswer {
  status: number
  /** A Buffer or a string goes out as it is; anything else as JSON; undefined is an empty body. */
  body: unknown
  headers?: Record<string, string>
}

export interface Intake {
  receive(request: IntakeRequest): Promise<IntakeAnswer>
  /** The answer to a question of our own, see `self-test.ts`; null to anything else. */
  selfTest(question: string): string | null
}

export interface IntakeOptions {
  sources: Sources
  tokenKeys: TokenKeys
  /** What providers call us by: signed URLs are verified against it. */
  publicUrl: () => string
  /** Resolves when the callback is durable; rejects when it cannot be. */
  store(callback: NewCallback): Promise<{ id: string; fate: string }>
  refusedBytesPerSource: number
  /** Absent: everything holds for everybody. */
  features?: Features
  now?: () => number
  log: Log
}

// 5 s: long enough for a failover, short enough that a provider with three tries in seven seconds tries again in time.
const RETRY_AFTER_S = 5

const MAX_HINT_LENGTH = 512

export function createIntake(options: IntakeOptions): Intake {
  const { sources, tokenKeys, features = allFeatures, log, now = Date.now } = options
  const quota = createRefusedQuota({ bytesPerDay: options.refusedBytesPerSource, now })

  async function receive(request: IntakeRequest): Promise<IntakeAnswer> {
    const source = request.source === null ? undefined : sources.get(request.source)
    if (source === undefined) {
      throw new AppError('SOURCE_UNKNOWN', `No source takes callbacks at ${redactTokens(request.path)}`)
    }
    const signed = asSigned(request, options.publicUrl())
    const handshake = handshakeFor(source.verify, signed, now())
    if (handshake?.kind === 'refused') {
      log.warn({ source: source.id, reason: handshake.reason }, 'handshake refused')
      throw new AppError('CALLBACK_REFUSED', `Source ${source.id}: ${handshake.reason}`, {
        hint: `Handshakes are not kept. Compare what the provider was given with sources.${source.id}.verify.`,
      })
    }
    if (handshake !== undefined) {
      log.info({ source: source.id, scheme: source.verify.scheme }, 'handshake answered')
      return { status: handshake.status, body: handshake.body }
    }
    // A look with a browser, or a provider that makes sure that somebody is there: nothing is claimed, nothing is kept.
    if (request.method === 'GET') return { status: 200, body: { source: source.id, accepts: 'POST' } }
    const { callback, isGood } = judge(source, request, signed)
    // What is only reported fills the disk no more than what is refused.
    if (!isGood && !quota.admits(source.id, callback.body.length)) {
      log.warn({ source: source.id, reason: callback.verdictReason }, 'refused, and not kept: today’s quota is used up')
      throw refusedError(source, callback.verdictReason)
    }
    await store(callback)
    if (callback.verdict === 'refused') {
      log.warn({ callbackId: callback.id, source: source.id, reason: callback.verdictReason }, 'callback refused')
      throw refusedError(source, callback.verdictReason)
    }
    return { status: 200, body: { callback: callback.id } }
  }

  function judge(source: Source, request: IntakeRequest, signed: SignedRequest) {
    const { headers, rawHeaders } = signed
    const signature = verifySignature(source.verify, signed, now())
    const token = request.token === undefined ? null : readCallbackToken(tokenKeys, request.token)
    const hints = hintsOf(request)
    const bodyHash = sha256(request.body)
    // The same for a repeat of the same callback, which has another id.
    const subject = token?.expectationId ?? `${source.id}/${bodyHash.toString('hex')}`
    const judged = verdictOf(signature, request.token !== undefined, token !== null)
    const { verdict, reason } = features.has('verification', subject) ? judged : reported(judged)
    const provesItself = verdict === 'verified' || verdict === 'token'
    const eventId = source.api.eventId?.({ method: request.method, headers, body: request.body, hints }) ?? null
    const scope = token?.expectationId ?? redactTokens(request.url)
    const callback: NewCallback = {
      id: newId('callback'),
      source: source.id,
      receivedAtMs: now(),
      method: request.method,
      url: redactUrl(request.url),
      headers: redactHeaders(rawHeaders, signatureHeadersOf(source.verify)),
      body: request.body,
      remoteAddress: request.remoteAddress,
      verdict,
      verdictReason: reason,
      tokenExpectation: token?.expectationId ?? null,
      hints,
      dedupKey: provesItself ? dedupKey({ source: source.id, scope, eventId, bodyHash }) : null,
      bodyHash,
    }
    return { callback, isGood: judged.verdict !== 'refused' }
  }

  async function store(callback: NewCallback): Promise<void> {
    try {
      const stored = await options.store(callback)
      log.debug({ callbackId: stored.id, source: callback.source, fate: stored.fate }, 'callback stored')
    } catch (error) {
      log.error(
        { source: callback.source, err: error },
        'a callback could not be stored; the provider is told to try again',
      )
      throw new AppError('UNAVAILABLE', 'The callback could not be stored', {
        cause: error,
        retryable: true,
        retryAfterMs: RETRY_AFTER_S * 1000,
      })
    }
  }

  return { receive, selfTest: (question) => answerSelfTest(tokenKeys, question, now()) }
}

/**
 * A good signature or a token of ours each suffice. A signature that is there and wrong is a forgery or a wrong secret,
 * whatever else comes with it; so is a token that is not ours.
 */
function verdictOf(
  signature: ReturnType<typeof verifySignature>,
  hasToken: boolean,
  isTokenOurs: boolean,
): { verdict: NewCallback['verdict']; reason: string | null } {
  if (signature.verdict === 'refused') return signature
  if (signature.verdict === 'verified') return { verdict: 'verified', reason: null }
  if (isTokenOurs) return { verdict: 'token', reason: null }
  if (hasToken) return { verdict: 'refused', reason: 'the token in the address is not one of ours' }
  return signature
}

/** Where verification is not strict, what fails it is kept as what proves nothing. */
function reported(judged: { verdict: NewCallback['verdict']; reason: string | null }): typeof judged {
  if (judged.verdict !== 'refused') return judged
  return { verdict: 'unsigned', reason: `only reported, else it would be refused: ${judged.reason}` }
}

function refusedError(source: Source, reason: string | null): AppError {
  return new AppError('CALLBACK_REFUSED', `Source ${source.id}: ${reason ?? 'the callback proves nothing'}`)
}

/** As the provider called it: the public address, whatever stands between, and path and query as they came. */
function asSigned({ method, url, rawHeaders, body }: IntakeRequest, publicUrl: string): SignedRequest {
  const list = pairs(rawHeaders)
  const headers: Record<string, string> = {}
  for (const [name, value] of list) headers[name.toLowerCase()] = value
  return { method, url: publicUrl.replace(/\/+$/, '') + url, headers, rawHeaders: list, body }
}

/** A request line that is no URL says nothing. */
function queryOf(url: string): Iterable<[string, string]> {
  const at = url.indexOf('?')
  return at < 0 ? [] : new URLSearchParams(url.slice(at + 1).split('#', 1)[0])
}

/** What the URL says: its query, over which the named parts of the path win. */
function hintsOf(request: IntakeRequest): Record<string, string> {
  const hints: Record<string, string> = {}
  for (const [name, value] of [...queryOf(request.url), ...Object.entries(request.params)]) {
    if (isSecretName(name)) continue
    if (name.length <= 64 && value !== '' && value.length <= MAX_HINT_LENGTH) hints[name] = value
  }
  delete hints.source
  delete hints.token
  return hints
}

function pairs(rawHeaders: readonly string[]): [string, string][] {
  const list: [string, string][] = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    list.push([rawHeaders[index] ?? '', rawHeaders[index + 1] ?? ''])
  }
  return list
}
