/**
 * Whose account the embedded PostgreSQL runs under. PostgreSQL refuses to run as root; as root we start it as `postgres`,
 * or as `nobody` where there is no such user. Everybody else runs it as themselves.
 */
import { readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../core/error.ts'

export interface Account {
  uid: number
  gid: number
  name: string
}

/** `undefined`: the account of this process. `owner` is who owns a cluster made earlier; nobody else can start that. */
export async function serverAccount(owner: Account | undefined): Promise<Account | undefined> {
  const self = process.getuid?.()
  if (self === undefined) return undefined
  if (self !== 0) {
    if (owner === undefined || owner.uid === self) return undefined
    throw new AppError(
      'DATA_DIRECTORY_UNUSABLE',
      `The database files belong to user id ${owner.uid}, this process runs as ${self}`,
      {
        hint: 'Start Becket as the user who made the data directory (or as root), or choose another by BECKET_DATA_DIR.',
      },
    )
  }
  if (owner !== undefined) return owner
  const users = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const found = findUser(users, 'postgres') ?? findUser(users, '_postgres') ?? findUser(users, 'nobody')
  if (found !== undefined) return found
  throw new AppError('EMBEDDED_POSTGRES_UNAVAILABLE', 'PostgreSQL does not run as root, and there is no other user', {
    hint: 'Add a user named postgres, start Becket as an ordinary user, or set DATABASE_URL.',
  })
}

/** Whether an account may reach `path`: each folder above it, and itself if it is one, lets the account pass. */
export async function canEnter(path: string, account: Account): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await stat(folder)
    const bit = found.uid === account.uid ? 0o100 : found.gid === account.gid ? 0o010 : 0o001
    if ((found.mode & bit) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

function findUser(passwd: string, name: string): Account | undefined {
  for (const line of passwd.split('\n')) {
    const [user, , uid, gid] = line.split(':')
    if (user === name && uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid), name }
  }
  return undefined
}
