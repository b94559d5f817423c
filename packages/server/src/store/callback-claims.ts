/**
 * Who was first with a callback's identity: rows of `callback_claim`, and of `callback_claim_before`, the ones before. A
 * claim outlives every provider's retries, so that a repeat is known as one for as long as it may come. When the two
 * change places is in `claim-rotation.ts`.
 */
import { byteaArray, textArray } from '../db/binary-array.ts'
import type { Tx } from '../db/db.ts'

/** Who was first. */
export interface Holder {
  callbackId: string
  bodyHash: Buffer
}

export interface Claimant {
  /** Of the callback. */
  id: string
  /** Null for a callback that proves nothing: it takes no part in deduplication. */
  dedupKey: Buffer | null
  bodyHash: Buffer
}

/**
 * Who was first with the identity of each, by the claimant's id; none for who was first itself, or claims nothing. One
 * insert, and one select where some were claimed before, each by primary key, in one order for everybody, so that two
 * batches never wait for each other. Whoever has claimed holds the present table until it commits, so that the tables never
 * change places between a claim and what is written with it: a key is in one of the two, never in both.
 */
export async function claimIdentities(tx: Tx, callbacks: readonly Claimant[]): Promise<Map<string, Holder>> {
  const claims = callbacks.flatMap((callback) =>
    callback.dedupKey === null ? [] : [{ ...callback, key: callback.dedupKey }],
  )
  if (claims.length === 0) return new Map()
  const { rows: first } = await tx.query<{ callback_id: string }>(
    `insert into becket.callback_claim (key, callback_id, body_hash)
     select fresh.key, fresh.callback_id, fresh.body_hash
     from unnest($1::bytea[], $2::text[], $3::bytea[]) as fresh (key, callback_id, body_hash)
     where not exists (select from becket.callback_claim_before before where before.key = fresh.key)
     order by fresh.key
     on conflict (key) do nothing
     returning callback_id`,
    [
      byteaArray(claims.map(({ key }) => key)),
      textArray(claims.map(({ id }) => id)),
      byteaArray(claims.map(({ bodyHash }) => bodyHash)),
    ],
  )
  if (first.length === claims.length) return new Map()
  const own = new Set(first.map((row) => row.callback_id))
  const others = claims.filter(({ id }) => !own.has(id))
  const { rows } = await tx.query<{ key: Buffer; callback_id: string; body_hash: Buffer }>(
    `select key, callback_id, body_hash from becket.callback_claim where key = any($1::bytea[])
     union all
     select key, callback_id, body_hash from becket.callback_claim_before where key = any($1::bytea[])`,
    [byteaArray(others.map(({ key }) => key))],
  )
  const byKey = new Map(
    rows.map((row) => [row.key.toString('base64'), { callbackId: row.callback_id, bodyHash: row.body_hash }]),
  )
  const holders = new Map<string, Holder>()
  for (const { id, key } of others) {
    const holder = byKey.get(key.toString('base64'))
    if (holder !== undefined && holder.callbackId !== id) holders.set(id, holder)
  }
  return holders
}
