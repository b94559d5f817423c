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
  /** Made just now: whether others on the same database have another one is not known before that was reached. */
  isKeyNew: boolean
  /** For keyed fingerprints. */
  fingerprintKey: string
}

export async function readIdentity(config: Config, directory: DataDirectory): Promise<Identity> {
  const configured = config.serverKeys.map(({ id, key }) => ({ id, key: Buffer.from(key) }))
  const own = configured.length > 0 ? null : await ownKey(directory)
  const keys = own === null ? configured : [own]
  const [first] = keys
  if (first === undefined) throw new Error('unreachable: a key was just made')
  return {
    tokenKeys: createTokenKeys(keys),
    keys: keys.map(({ key }) => key),
    isKeyNew: own?.isNew ?? false,
    fingerprintKey: first.key.toString('base64'),
  }
}

async function ownKey(directory: DataDirectory): Promise<{ id: string; key: Buffer; isNew: boolean }> {
  const { value, isNew } = await directory.secret('server.key', () => randomBytes(32).toString('hex'))
  const key = Buffer.from(value, 'hex')
  return { id: createHash('sha256').update(key).digest('hex').slice(0, 8), key, isNew }
}

/** Why nothing may be judged by our key before the database was reached; null: it was given, or has long been here. */
export function refusalOfNewKey({ isKeyNew }: Identity): AppError | null {
  if (!isKeyNew) return null
  return new AppError('UNAVAILABLE', 'The server key was made just now, and the database was not reached yet', {
    hint: 'Others on that database may sign with another key. Bring the database up once, or set BECKET_SERVER_KEY.',
    retryAfterMs: 5_000,
  })
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
