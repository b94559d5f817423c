/**
 * Brings one rendered file from its provider into our storage: straight through, hashed on the way, held by nobody. What
 * is empty or not whole is never stored. Tries once, and reads nothing back.
 */
import { createHash } from 'node:crypto'
import type { OutboundAnswer } from '../../outbound/outbound.ts'
import type { Source } from '../../providers/sources.ts'
import type { PromisedContent } from '../../storage/proof.ts'
import type { Storage, StorageFault } from '../../storage/storage.ts'
import { createPassage, NobodyTakes } from './passage.ts'

export interface OutputToFetch {
  source: Pick<Source, 'download'>
  url: string
  storage: Pick<Storage, 'put'>
  key: string
  contentType: string
  maxBytes: number
  signal: AbortSignal
}

export type NotFetched =
  /** Perhaps not yet; perhaps not any more. */
  | { kind: 'not-there'; code: 'OUTPUT_GONE' | 'OUTPUT_EMPTY'; reason: string }
  /** Another try would be refused as well. */
  | { kind: 'refused'; code: 'OUTPUT_REFUSED' | 'OUTPUT_TOO_LARGE'; reason: string }
  | { kind: 'away'; reason: string; retryAfterMs: number | null }

export type Fetched =
  | { kind: 'stored'; content: PromisedContent }
  | NotFetched
  | { kind: 'not-stored'; fault: StorageFault }

// 1 h: two gibibytes at 600 kB/s. A sender that falls silent is given up long before.
const DEADLINE_MS = 3_600_000

export async function fetchOutput(output: OutputToFetch): Promise<Fetched> {
  const { source, url, storage, key, contentType, maxBytes, signal } = output
  const passage = createPassage()
  const hash = createHash('sha256')
  let bytes = 0

  async function put(): Promise<{ answer: Awaited<ReturnType<Storage['put']>> } | { thrown: unknown }> {
    try {
      return { answer: await storage.put(key, passage.content, contentType) }
    } catch (error) {
      return { thrown: error }
    } finally {
      passage.close()
    }
  }

  /** Null: it came whole, or the storage did not want it. */
  async function download(): Promise<NotFetched | null> {
    try {
      const answer = await source.download({ url, maxBytes, deadlineMs: DEADLINE_MS, signal }, (piece) => {
        bytes += piece.length
        hash.update(piece)
        return passage.show(piece)
      })
      const failure = judge(answer, bytes)
      passage.end(failure === null ? undefined : new NotWhole(failure.kind))
      return failure
    } catch (error) {
      if (error instanceof NobodyTakes) return null
      passage.end(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }

  const storing = put()
  const failure = await download()
  const stored = await storing
  signal.throwIfAborted()
  if (failure !== null) return failure
  if ('thrown' in stored) throw stored.thrown
  if (stored.answer.kind !== 'stored') return { kind: 'not-stored', fault: stored.answer }
  return { kind: 'stored', content: { bytes, sha256: hash.digest('hex') } }
}

/** Travels through the storage, which then stores nothing. */
class NotWhole extends Error {
  override readonly name = 'NotWhole'
}

const REFUSALS: ReadonlySet<string> = new Set([
  'URL_INVALID',
  'ORIGIN_NOT_ALLOWED',
  'ADDRESS_BLOCKED',
  'REDIRECT_BLOCKED',
  'TOO_MANY_REDIRECTS',
  'REQUEST_INVALID',
])
// Stores say each of these of what is not there, of what may not be listed, and of a signature that has run out.
const NOT_THERE: ReadonlySet<number> = new Set([400, 401, 403, 404, 410])

/** Null: what was shown is the file. */
function judge(answer: OutboundAnswer, bytes: number): NotFetched | null {
  if (answer.kind === 'fault') {
    const { code, message: reason } = answer
    if (code === 'ANSWER_TOO_LARGE') return { kind: 'refused', code: 'OUTPUT_TOO_LARGE', reason }
    // An origin under `allow` is still guarded: only `allowPrivate` opens one's own network.
    const remedy = code === 'ADDRESS_BLOCKED' ? '; where it is meant to, set `allowPrivate: true` for the source' : ''
    return REFUSALS.has(code)
      ? { kind: 'refused', code: 'OUTPUT_REFUSED', reason: `${reason}${remedy}` }
      : { kind: 'away', reason, retryAfterMs: null }
  }
  const { status, headers, retryAfterMs } = answer
  if (NOT_THERE.has(status)) return { kind: 'not-there', code: 'OUTPUT_GONE', reason: `it was answered with ${status}` }
  if (status < 200 || status > 299) return { kind: 'away', reason: `it was answered with ${status}`, retryAfterMs }
  // Where a store has a website in front, what is missing is a page, and a success.
  if (headers['content-type']?.startsWith('text/html') === true) {
    return { kind: 'not-there', code: 'OUTPUT_GONE', reason: 'a web page was answered in its place' }
  }
  return bytes === 0 ? { kind: 'not-there', code: 'OUTPUT_EMPTY', reason: 'it has no bytes' } : null
}
