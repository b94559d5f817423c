/**
 * Who was first with a callback's identity: rows of `callback_claim`. A claim outlives every provider's retries, so that
 * a repeat is known as one for as long as it may come.
 */
import type { Tx } from '../db/db.ts'

export interface Claimant {
  /** Of the callback. */
  id: string
  /** Null for a callback that proves nothing: it takes no part in deduplication. */
  dedupKey: Buffer | null
  bodyHash: Buffer
}

/** Who holds the identity of each, by its key in base64: the claimant itself where it was first. */
export async function claimIdentities(
  tx: Tx,
  callbacks: readonly Claimant[],
): Promise<Map<string, { callbackId: string; bodyHash: Buffer }>> {
  const claims = callbacks
    .flatMap((callback) => (callback.dedupKey === null ? [] : [{ ...callback, key: callback.dedupKey }]))
    // One order for everybody, so that two batches never wait for each other.
    .sort((one, other) => Buffer.compare(one.key, other.key))
  if (claims.length === 0) return new Map()
  await tx.query(
    `insert into becket.callback_claim (key, callback_id, body_hash)
     select * from unnest($1::bytea[], $2::text[], $3::bytea[]) on conflict (key) do nothing`,
    [claims.map((claim) => claim.key), claims.map((claim) => claim.id), claims.map((claim) => claim.bodyHash)],
  )
  const { rows } = await tx.query<{ key: Buffer; callback_id: string; body_hash: Buffer }>(
    'select key, callback_id, body_hash from becket.callback_claim where key = any($1)',
    [claims.map((claim) => claim.key)],
  )
  return new Map(
    rows.map((row) => [row.key.toString('base64'), { callbackId: row.callback_id, bodyHash: row.body_hash }]),
  )
}
