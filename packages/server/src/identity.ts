/** Who this installation is to others: the keys that its addresses are signed with, and its first admin key. */
import { createHash, randomBytes } from 'node:crypto'
import type { Config } from './config/config.ts'
import { createTokenKeys, type TokenKeys } from './core/callback-token.ts'
import { AppError } from './core/error.ts'
import type { DataDirectory } from './data-directory.ts'
import type { Db } from './db/db.ts'
import { listInstances } from './store/instances.ts'
import { insertKey, newKeySecret } from './store/keys.ts'

export interface Identity {
  tokenKeys: TokenKeys
  /** The same keys; the first signs. */
  keys: Buffer[]
  /** For keyed fingerprints. */
  fingerprintKey: string
}

export async function readIdentity(config: Config, directory: DataDirectory): Promise<Identity> {
  const configured = config.serverKeys.map(({ id, key }) => ({ id, key: Buffer.from(key) }))
  const keys = configured.length > 0 ? configured : [await ownKey(directory)]
  const [first] = keys
  if (first === undefined) throw new Error('unreachable: a key was just made')
  return {
    tokenKeys: createTokenKeys(keys),
    keys: keys.map(({ key }) => key),
    fingerprintKey: first.key.toString('base64'),
  }
}

async function ownKey(directory: DataDirectory): Promise<{ id: string; key: Buffer }> {
  const { value } = await directory.secret('server.key', () => randomBytes(32).toString('hex'))
  const key = Buffer.from(value, 'hex')
  return { id: createHash('sha256').update(key).digest('hex').slice(0, 8), key }
}

/** Instances that share a database must know each other's callback tokens: else a good callback is refused by another. */
export async function requireSharedKeys(db: Db, { tokenKeys }: Identity): Promise<void> {
  const others = (await listInstances(db)).filter((row) => row.stoppedAt === null && row.silentMs < 10_000)
  const stranger = others.find((row) => !tokenKeys.byId.has(row.tokenKey))
  if (stranger === undefined) return
  throw new AppError(
    'CONFIGURATION_INVALID',
    `Instance ${stranger.id} on ${stranger.host} signs callback addresses with key ${stranger.tokenKey}, which is not known here`,
    { hint: 'Give all instances of one database the same BECKET_SERVER_KEY, or the same data directory.' },
  )
}

/** The configured admin key, or one that is made once and kept for the command line on this machine. */
export async function ensureAdminKey(
  db: Db,
  config: Config,
  directory: DataDirectory,
): Promise<{ secret: string; isNew: boolean }> {
  if (config.apiKey !== null) {
    await insertKey(db, { name: 'BECKET_API_KEY', role: 'admin', secret: config.apiKey })
    return { secret: config.apiKey, isNew: false }
  }
  const { value, isNew } = await directory.secret('admin.key', newKeySecret)
  await insertKey(db, { name: 'made at the first start', role: 'admin', secret: value })
  return { secret: value, isNew }
}
