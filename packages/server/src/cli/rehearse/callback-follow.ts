/** Sends a rehearsed callback and follows it: the answer, what was stored, what became of it, what that settled. */
import {
  type Becket,
  BecketError,
  type Callback,
  type CallbackFate,
  type Evidence,
  type Expectation,
  receiptSchema,
} from '@becket/client'
import type { CliIo } from '../io.ts'
import type { RehearsedCallback } from './callback-request.ts'

export interface SentAnswer {
  status: number
  /** The beginning of the body, as text. */
  body: string
}

export interface Followed {
  answer: SentAnswer
  /** Null where nothing was kept: a handshake, an address that no source has, a server that is too busy. */
  callback: Callback | null
  /** The expectation that it belongs to, and what it meant to it. */
  expectation: Expectation | null
  evidence: Evidence | null
}

// 30 s: as long as the most patient provider waits.
const ANSWER_WITHIN_MS = 30_000
const MOST_SHOWN = 2_000
// Four looks a second: a callback is read within milliseconds, and nobody sees the difference.
const LOOK_EVERY_MS = 250
// Nobody else refuses callbacks at this source while a person tries it out; fifty is room for a provider that does.
const LATEST_REFUSED = 50

export async function sendAndFollow(
  io: CliIo,
  becket: Becket,
  sent: RehearsedCallback & { source: string; timeoutMs: number },
): Promise<Followed> {
  const refusedBefore = await idsOfRefused(becket, sent.source)
  const answer = await post(sent)
  const id = idIn(answer) ?? (answer.status === 401 ? await findRefused(becket, sent, refusedBefore) : null)
  if (id === null) return { answer, callback: null, expectation: null, evidence: null }
  const callback = await untilRead(io, becket, id, sent.timeoutMs)
  const expectation = callback.expectationId === null ? null : await becket.expectations.get(callback.expectationId)
  const evidence = expectation?.evidence.findLast((each) => each.callbackId === id) ?? null
  return { answer, callback, expectation, evidence }
}

export function isRead(fate: CallbackFate): boolean {
  return fate !== 'received'
}

async function post({ url, headers, body }: RehearsedCallback): Promise<SentAnswer> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
      // A provider that is sent elsewhere calls that a failure, or loses the body on the way.
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    })
    return { status: answer.status, body: (await answer.text()).slice(0, MOST_SHOWN) }
  } catch (cause) {
    throw new BecketError({
      code: 'CONNECTION_FAILED',
      detail: `The callback could not be sent to ${new URL(url).origin}: ${reasonOf(cause)}`,
      hint: 'That is the address that providers are given. Where this machine reaches the server elsewhere, give --url.',
      cause,
    })
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message : error.message
}

function idIn({ status, body }: SentAnswer): string | null {
  if (status < 200 || status > 299) return null
  try {
    const receipt = receiptSchema.safeParse(JSON.parse(body))
    return receipt.success ? receipt.data.callback : null
  } catch {
    // Not a fault: handshakes are answered in the provider's own words.
    return null
  }
}

async function idsOfRefused(becket: Becket, source: string): Promise<Set<string>> {
  const { items } = await becket.callbacks.list({ source, verdict: ['refused'], limit: LATEST_REFUSED })
  return new Set(items.map(({ id }) => id))
}

/** Whoever is refused is not told what was kept of it: it is the new one with the same bytes. */
async function findRefused(
  becket: Becket,
  { source, body }: { source: string; body: Buffer },
  before: ReadonlySet<string>,
): Promise<string | null> {
  const { items } = await becket.callbacks.list({ source, verdict: ['refused'], limit: LATEST_REFUSED })
  for (const { id, bodyBytes } of items) {
    if (before.has(id) || bodyBytes !== body.length) continue
    if (body.equals(Buffer.from(await becket.callbacks.body(id)))) return id
  }
  return null
}

async function untilRead(io: CliIo, becket: Becket, id: string, timeoutMs: number): Promise<Callback> {
  const end = io.now() + timeoutMs
  for (;;) {
    const callback = await becket.callbacks.get(id)
    if (isRead(callback.fate) || io.now() >= end) return callback
    await new Promise<void>((resolve) => io.after(LOOK_EVERY_MS, resolve))
  }
}
