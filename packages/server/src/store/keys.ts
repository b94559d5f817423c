/** API keys: a role each, stored as SHA-256 only. A key is random and long, so an unkeyed hash gives nothing away. */
import { randomBytes } from 'node:crypto'
import type { Role } from '@becket/client/contract'
import { sha256 } from '../core/digest.ts'
import type { Queryable } from '../db/db.ts'
import { newId } from './new-id.ts'

export interface KeyRow {
  id: string
  name: string
  role: Role
  createdAt: Date
  revokedAt: Date | null
}

const columns = `id, name, role, created_at as "createdAt", revoked_at as "revokedAt"`

export function hashKey(secret: string): Buffer {
  return sha256(secret)
}

export function newKeySecret(): string {
  return `becket_${randomBytes(24).toString('base64url')}`
}

export async function insertKey(db: Queryable, key: { name: string; role: Role; secret: string }): Promise<KeyRow> {
  const { rows } = await db.query<KeyRow>(
    `insert into becket.api_key (id, name, role, hash) values ($1, $2, $3, $4)
     on conflict (hash) do update set name = becket.api_key.name
     returning ${columns}`,
    [newId('key'), key.name, key.role, hashKey(key.secret)],
  )
  const row = rows[0]
  if (row === undefined) throw new Error('inserting a key answered no row')
  return row
}

export async function findKey(db: Queryable, secret: string): Promise<KeyRow | null> {
  const { rows } = await db.query<KeyRow>(
    `select ${columns} from becket.api_key where hash = $1 and revoked_at is null`,
    [hashKey(secret)],
  )
  return rows[0] ?? null
}

export async function listKeys(db: Queryable, page: { before: string | null; limit: number }): Promise<KeyRow[]> {
  const { rows } = await db.query<KeyRow>(
    `select ${columns} from becket.api_key where ($1::text is null or id < $1) order by id desc limit $2`,
    [page.before, page.limit],
  )
  return rows
}

/** Null when there is no such key. Revoking twice keeps the first time. */
export async function revokeKey(db: Queryable, id: string): Promise<KeyRow | null> {
  const { rows } = await db.query<KeyRow>(
    `update becket.api_key set revoked_at = coalesce(revoked_at, clock_timestamp()) where id = $1 returning ${columns}`,
    [id],
  )
  return rows[0] ?? null
}
