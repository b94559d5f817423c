/**
 * Where the embedded database's files live: under the data directory; or, when we are root and PostgreSQL's account
 * cannot enter there, in a shelter outside, which a pointer file in the data directory names.
 */
import { createHash, randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../../core/error.ts'
import type { DbLog } from '../log.ts'
import { type Account, canEnter, serverAccount } from './account.ts'
import { hasCode } from './has-code.ts'

export interface Place {
  home: string
  /** Who runs PostgreSQL; `undefined`: this process's own account. */
  account: Account | undefined
}

const POINTER = 'postgres-is-at'

export async function findPlace(options: { dataDir: string; shelter: string; log: DbLog }): Promise<Place> {
  const { dataDir, shelter, log } = options
  const usual = join(dataDir, 'postgres')
  await mkdir(dataDir, { recursive: true })
  const pointed = await readPointer(dataDir)
  const home = pointed ?? usual
  const account = await serverAccount(await ownerOf(join(home, 'cluster', 'data')))
  if (pointed !== undefined) {
    if (await isDirectory(pointed)) return { home: pointed, account }
    throw new AppError('DATA_DIRECTORY_UNUSABLE', `The database of ${dataDir} was at ${pointed}, and is not there`, {
      hint: `Bring that folder back; or, to begin with an empty database, delete ${join(dataDir, POINTER)}.`,
    })
  }
  if (account === undefined || (await canEnter(dataDir, account))) {
    await makeEnterable(usual)
    return { home: usual, account }
  }
  const elsewhere = await makeShelter(dataDir, shelter)
  if (!(await canEnter(elsewhere, account))) {
    throw new AppError('DATA_DIRECTORY_UNUSABLE', `${account.name} can enter neither ${dataDir} nor ${elsewhere}`, {
      hint: `Let every user pass through the folders above one of them (chmod o+x), or start Becket as an ordinary user.`,
    })
  }
  log.info(
    { dataDir, directory: elsewhere, account: account.name },
    'PostgreSQL does not run as root, and its user cannot enter the data directory: the database lives elsewhere',
  )
  return { home: elsewhere, account }
}

/** Named by the data directory's path, and by chance: a data directory deleted and made anew gets an empty database. */
async function makeShelter(dataDir: string, shelter: string): Promise<string> {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  const home = join(shelter, `${name}-${randomBytes(4).toString('hex')}`)
  await makeEnterable(home)
  const pointer = join(dataDir, POINTER)
  const written = `${pointer}.new-${process.pid}`
  await writeFile(written, `${home}\n`)
  try {
    // Unlike a rename, a link never replaces: of two starters at once, one decides.
    await link(written, pointer)
    return home
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
    await rmdir(home)
    return (await readPointer(dataDir)) ?? home
  } finally {
    await rm(written, { force: true })
  }
}

/** Folders that are there already keep their mode; new ones let others pass, whatever the umask. */
async function makeEnterable(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined) return
  for (let folder = path; folder.length >= first.length; folder = dirname(folder)) await chmod(folder, 0o755)
}

async function readPointer(dataDir: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dataDir, POINTER), 'utf8')).trim()
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

async function ownerOf(path: string): Promise<Account | undefined> {
  try {
    const { uid, gid } = await stat(path)
    return { uid, gid, name: `user id ${uid}` }
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
