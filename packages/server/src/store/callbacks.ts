/** Rows of `callback`: what providers sent, byte for byte, and what became of it. The body never changes. */
import type { CallbackFate, CallbackVerdict } from '@becket/client/contract'
import type { Queryable, Tx } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'
import { claimIdentities } from './callback-claims.ts'
import { type Taker, wake, wakeNew } from './wakeups.ts'

export interface NewCallback {
  id: string
  source: string
  receivedAtMs: number
  method: string
  /** Redacted. */
  url: string
  /** Redacted. */
  headers: readonly (readonly [string, string])[]
  body: Buffer
  remoteAddress: string
  verdict: CallbackVerdict
  verdictReason: string | null
  tokenExpectation: string | null
  /** What the URL says: `job_id`, `operation`, named parts of the path. */
  hints: Record<string, string>
  /** Null for a callback that proves nothing: it takes no part in deduplication. */
  dedupKey: Buffer | null
  bodyHash: Buffer
}

export interface StoredCallback {
  id: string
  fate: 'received' | 'duplicate' | 'refused'
}

/**
 * Stores a batch: the raw requests, the claims on their identity, and a wakeup for each that is to be matched. Four
 * statements whatever the size; two when nothing is deduplicated.
 */
export async function storeCallbacks(
  tx: Tx,
  taker: Taker,
  callbacks: readonly NewCallback[],
): Promise<StoredCallback[]> {
  const first = await claimIdentities(tx, callbacks)
  const fates = callbacks.map((callback): { fate: StoredCallback['fate']; duplicateOf: string | null } => {
    if (callback.verdict === 'refused') return { fate: 'refused', duplicateOf: null }
    const holder = callback.dedupKey === null ? undefined : first.get(callback.dedupKey.toString('base64'))
    if (holder === undefined || holder.callbackId === callback.id) return { fate: 'received', duplicateOf: null }
    // The same event with another body is no repetition: it is read, and kept as evidence.
    if (!holder.bodyHash.equals(callback.bodyHash)) return { fate: 'received', duplicateOf: holder.callbackId }
    return { fate: 'duplicate', duplicateOf: holder.callbackId }
  })
  await insertCallbacks(tx, callbacks, fates)
  const toMatch = callbacks.filter((_, index) => fates[index]?.fate === 'received').map((callback) => callback.id)
  await wakeNew(tx, 'callback', toMatch, taker)
  const repeated = fates.flatMap(({ fate, duplicateOf }) => (fate === 'duplicate' && duplicateOf ? [duplicateOf] : []))
  if (repeated.length > 0) await wakeQuarantined(tx, taker, repeated)
  return callbacks.map((callback, index) => ({ id: callback.id, fate: fates[index]?.fate ?? 'received' }))
}

async function insertCallbacks(
  tx: Tx,
  callbacks: readonly NewCallback[],
  fates: readonly { fate: string; duplicateOf: string | null }[],
): Promise<void> {
  const column = <Value>(value: (callback: NewCallback) => Value) => callbacks.map(value)
  await tx.query(
    `insert into becket.callback (id, source, received_at, method, url, headers, body, remote_address, verdict,
       verdict_reason, token_expectation, hints, dedup_key, fate, fate_reason, duplicate_of)
     select id, source, to_timestamp(received_ms / 1000), method, url, headers, body, remote_address, verdict,
       verdict_reason, token_expectation, hints, dedup_key, fate, verdict_reason, duplicate_of
     from unnest($1::text[], $2::text[], $3::float8[], $4::text[], $5::bytea[], $6::bytea[], $7::bytea[], $8::text[],
       $9::text[], $10::text[], $11::text[], $12::jsonb[], $13::bytea[], $14::text[], $15::text[])
       as fresh (id, source, received_ms, method, url, headers, body, remote_address, verdict, verdict_reason,
         token_expectation, hints, dedup_key, fate, duplicate_of)`,
    [
      column((callback) => callback.id),
      column((callback) => callback.source),
      column((callback) => callback.receivedAtMs),
      column((callback) => callback.method),
      column((callback) => Buffer.from(callback.url)),
      column((callback) => Buffer.from(JSON.stringify(callback.headers))),
      column((callback) => callback.body),
      column((callback) => callback.remoteAddress),
      column((callback) => callback.verdict),
      column((callback) => callback.verdictReason),
      column((callback) => callback.tokenExpectation),
      column((callback) => toJsonb(callback.hints)),
      column((callback) => callback.dedupKey),
      fates.map(({ fate }) => fate),
      fates.map(({ duplicateOf }) => duplicateOf),
    ],
  )
}

/** A provider that repeats what we could not read asks for it to be read again. */
async function wakeQuarantined(tx: Tx, taker: Taker, ids: readonly string[]): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from becket.callback where id = any($1) and fate = 'quarantined'`,
    [ids],
  )
  for (const { id } of rows) await wake(tx, { lane: 'callback', subject: id, rank: 0, afterMs: 0 }, taker)
}

export interface CallbackRow {
  id: string
  source: string
  receivedAt: Date
  method: string
  url: string
  headers: [string, string][]
  body: Buffer
  verdict: CallbackVerdict
  verdictReason: string | null
  tokenExpectation: string | null
  hints: Record<string, string>
  fate: CallbackFate
  fateReason: string | null
  /** What could not read it, while it is quarantined. */
  adapter: string | null
  expectationId: string | null
  duplicateOf: string | null
}

export type CallbackSummaryRow = Omit<CallbackRow, 'headers' | 'body' | 'hints' | 'tokenExpectation'> & {
  bodyBytes: number
}

const summary = `id, source, received_at as "receivedAt", method, convert_from(url, 'UTF8') as url, verdict,
  verdict_reason as "verdictReason", fate, fate_reason as "fateReason", adapter, expectation_id as "expectationId",
  duplicate_of as "duplicateOf"`

/** Relies on the primary key; the id's time leads to the one partition that can hold it. */
export async function readCallback(db: Queryable, id: string): Promise<CallbackRow | null> {
  const { rows } = await db.query<CallbackRow>(
    `select ${summary}, convert_from(headers, 'UTF8')::json as headers, body, token_expectation as "tokenExpectation", hints
     from becket.callback where id = $1`,
    [id],
  )
  return rows[0] ?? null
}

export interface CallbackFilter {
  source: string | null
  verdicts: readonly string[] | null
  fates: readonly string[] | null
  expectationId: string | null
  before: string | null
  limit: number
}

export async function listCallbacks(db: Queryable, filter: CallbackFilter): Promise<CallbackSummaryRow[]> {
  const { rows } = await db.query<CallbackSummaryRow>(
    `select ${summary}, octet_length(body) as "bodyBytes" from becket.callback
     where ($1::text is null or source = $1) and ($2::text[] is null or verdict = any($2))
       and ($3::text[] is null or fate = any($3)) and ($4::text is null or expectation_id = $4)
       and ($5::text is null or id < $5)
     order by id desc limit $6`,
    [filter.source, filter.verdicts, filter.fates, filter.expectationId, filter.before, filter.limit],
  )
  return rows
}

/** `adapter`: what could not read it, for a quarantined one. */
export async function setFate(
  tx: Queryable,
  id: string,
  fate: CallbackFate,
  reason: string | null,
  expectationId: string | null,
  adapter: string | null = null,
): Promise<void> {
  await tx.query(
    `update becket.callback set fate = $2, fate_reason = $3, expectation_id = coalesce($4, expectation_id), adapter = $5
     where id = $1`,
    [id, fate, reason, expectationId, adapter],
  )
}
