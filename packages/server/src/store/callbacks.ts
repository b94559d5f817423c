/** Rows of `callback`: what providers sent, byte for byte, and what became of it. The body never changes. */
import type { CallbackFate, CallbackVerdict } from '@becket/client/contract'
import { byteaArray, float8Array, jsonbArray, textArray } from '../db/binary-array.ts'
import type { Queryable, Tx } from '../db/db.ts'
import { toJsonb } from '../db/json.ts'
import { claimIdentities, type Holder } from './callback-claims.ts'
import { wakeEach } from './wakeup-signals.ts'
import { type Taker, wakeNew } from './wakeups.ts'

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
  fate: CallbackFate
}

/** What became of a callback, where that is known as it is stored. */
export interface Fate {
  fate: CallbackFate
  reason: string | null
  expectationId: string | null
}

/**
 * Settles what it can of callbacks that are new, in the transaction that stores them, and answers their fates by id. The
 * others are read later. `fresh`: the ids of those that are new; what needs no answer to that can be sent before it comes.
 */
export type SettleNew = (fresh: Promise<ReadonlySet<string>>) => Promise<ReadonlyMap<string, Fate>>

interface Judged extends Fate {
  duplicateOf: string | null
}

const RECEIVED: Judged = { fate: 'received', reason: null, expectationId: null, duplicateOf: null }

/**
 * Stores a batch: the claims on their identity, what they settle, the raw requests, and a wakeup for each that is still to
 * be read. A handful of statements whatever the size.
 */
export async function storeCallbacks(
  tx: Tx,
  taker: Taker,
  callbacks: readonly NewCallback[],
  settle?: SettleNew,
): Promise<StoredCallback[]> {
  const judging = claimIdentities(tx, callbacks).then((before) => callbacks.map((callback) => judge(callback, before)))
  const fresh = judging.then(
    (all) => new Set(callbacks.flatMap(({ id }, index) => (all[index]?.fate === 'received' ? [id] : []))),
  )
  const [judged, , settled] = await Promise.all([judging, fresh, settle?.(fresh)])
  const fates = callbacks.map(({ id }, index): Judged => ({ ...RECEIVED, ...judged[index], ...settled?.get(id) }))
  insertCallbacks(tx, callbacks, fates)
  const toMatch = callbacks.filter((_, index) => fates[index]?.fate === 'received').map((callback) => callback.id)
  await wakeNew(tx, 'callback', toMatch, taker)
  const repeated = judged.flatMap(({ fate, duplicateOf }) => (fate === 'duplicate' && duplicateOf ? [duplicateOf] : []))
  if (repeated.length > 0) await wakeQuarantined(tx, taker, repeated)
  return callbacks.map(({ id }, index) => ({ id, fate: fates[index]?.fate ?? 'received' }))
}

function judge(callback: NewCallback, before: ReadonlyMap<string, Holder>): Judged {
  if (callback.verdict === 'refused') return { ...RECEIVED, fate: 'refused', reason: callback.verdictReason }
  const unread = { ...RECEIVED, reason: callback.verdictReason }
  const holder = before.get(callback.id)
  if (holder === undefined) return unread
  // The same event with another body is no repetition: it is read, and kept as evidence.
  const isRepeat = holder.bodyHash.equals(callback.bodyHash)
  return { ...unread, fate: isRepeat ? 'duplicate' : 'received', duplicateOf: holder.callbackId }
}

function insertCallbacks(tx: Tx, callbacks: readonly NewCallback[], fates: readonly Judged[]): void {
  if (callbacks.length === 0) return
  const column = <Value>(value: (callback: NewCallback) => Value) => callbacks.map(value)
  tx.send(
    `insert into becket.callback (id, source, received_at, method, url, headers, body, remote_address, verdict,
       verdict_reason, token_expectation, hints, dedup_key, fate, fate_reason, expectation_id, duplicate_of)
     select id, source, to_timestamp(received_ms / 1000), method, url, headers, body, remote_address, verdict,
       verdict_reason, token_expectation, hints, dedup_key, fate, fate_reason, expectation_id, duplicate_of
     from unnest($1::text[], $2::text[], $3::float8[], $4::text[], $5::bytea[], $6::bytea[], $7::bytea[], $8::text[],
       $9::text[], $10::text[], $11::text[], $12::jsonb[], $13::bytea[], $14::text[], $15::text[], $16::text[], $17::text[])
       as fresh (id, source, received_ms, method, url, headers, body, remote_address, verdict, verdict_reason,
         token_expectation, hints, dedup_key, fate, fate_reason, expectation_id, duplicate_of)`,
    [
      textArray(column((callback) => callback.id)),
      textArray(column((callback) => callback.source)),
      float8Array(column((callback) => callback.receivedAtMs)),
      textArray(column((callback) => callback.method)),
      byteaArray(column((callback) => Buffer.from(callback.url))),
      byteaArray(column((callback) => Buffer.from(JSON.stringify(callback.headers)))),
      byteaArray(column((callback) => callback.body)),
      textArray(column((callback) => callback.remoteAddress)),
      textArray(column((callback) => callback.verdict)),
      textArray(column((callback) => callback.verdictReason)),
      textArray(column((callback) => callback.tokenExpectation)),
      jsonbArray(column((callback) => toJsonb(callback.hints))),
      byteaArray(column((callback) => callback.dedupKey)),
      textArray(fates.map(({ fate }) => fate)),
      textArray(fates.map(({ reason }) => reason)),
      textArray(fates.map(({ expectationId }) => expectationId)),
      textArray(fates.map(({ duplicateOf }) => duplicateOf)),
    ],
  )
}

/** A provider that repeats what we could not read asks for it to be read again. */
async function wakeQuarantined(tx: Tx, taker: Taker, ids: readonly string[]): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from becket.callback where id = any($1) and fate = 'quarantined'`,
    [ids],
  )
  await wakeEach(
    tx,
    'callback',
    rows.map(({ id }) => id),
    taker,
  )
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
