/** API keys: who may come in, with which role. Looked up once in a while, not at every request. */
import type { CreatedKey, CreateKey, Key } from '@becket/client/contract'
import type { Db, Tx } from '../db/db.ts'
import { isConnectionError } from '../db/sql-error.ts'
import { appendChange } from '../store/changes.ts'
import { findKey, hashKey, insertKey, type KeyRow, listKeys, newKeySecret, revokeKey } from '../store/keys.ts'
import { time, timeOrNull } from './paging.ts'
import type { Principal } from './principal.ts'

// 5 s: how long a revoked key may still be good in other processes; in this one it is refused at once.
const REMEMBERED_MS = 5_000
const REMEMBERED_AT_MOST = 1_000
const LISTED_AT_MOST = 1_000

export function createKeyService({ db }: { db: Db }) {
  const remembered = new Map<string, { principal: Principal | null; untilMs: number }>()

  /** Null for a key that is unknown or revoked. */
  async function authenticate(secret: string): Promise<Principal | null> {
    const hash = hashKey(secret).toString('base64')
    const known = remembered.get(hash)
    if (known !== undefined && known.untilMs > Date.now()) return known.principal
    const row = await findKey(db, secret).catch((error: unknown) => {
      // While the database is away nobody can revoke a key either, and health must be there to be read.
      if (known?.principal && isConnectionError(error)) return 'as before' as const
      throw error
    })
    if (row === 'as before') return known?.principal ?? null
    const principal = row === null ? null : { keyId: row.id, name: row.name, role: row.role }
    if (remembered.size >= REMEMBERED_AT_MOST) remembered.clear()
    remembered.set(hash, { principal, untilMs: Date.now() + REMEMBERED_MS })
    return principal
  }

  async function list(): Promise<Key[]> {
    return (await listKeys(db, { before: null, limit: LISTED_AT_MOST })).map(shown)
  }

  async function create(request: CreateKey, by: Principal): Promise<CreatedKey> {
    const secret = newKeySecret()
    const row = await db.tx(async (tx) => {
      const made = await insertKey(tx, { ...request, secret })
      await note(tx, made, { previous: null, present: made.role, by })
      return made
    })
    return { ...shown(row), secret }
  }

  async function revoke(id: string, by: Principal): Promise<Key | null> {
    const row = await db.tx(async (tx) => {
      const revoked = await revokeKey(tx, id)
      if (revoked !== null) await note(tx, revoked, { previous: revoked.role, present: 'revoked', by })
      return revoked
    })
    remembered.clear()
    return row === null ? null : shown(row)
  }

  return { authenticate, list, create, revoke }
}

/** Who may do what is different from now on. */
function note(
  tx: Tx,
  { id, name }: KeyRow,
  { previous, present, by }: { previous: string | null; present: string; by: Principal },
): Promise<string> {
  const subject = `key ${name}`
  return appendChange(tx, {
    kind: 'override',
    subject,
    previous,
    present,
    detail: { keyId: id },
    instanceId: null,
    by: by.name,
  })
}

function shown(row: KeyRow): Key {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    createdAt: time(row.createdAt),
    revokedAt: timeOrNull(row.revokedAt),
  }
}
