/** Makes the files of a new database, whole or not at all, and knows what lies where in them. Starts no server. */
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../core/error.ts'
import type { Account } from './account.ts'
import type { Binaries } from './binaries.ts'
import { hintOfFullDisk } from './full-disk.ts'
import { hasCode } from './has-code.ts'
import { isAlive } from './process-state.ts'
import { run } from './run.ts'

export interface Cluster {
  data: string
  password: string
  log: string
}

const HALF_MADE = /^cluster\.new-(\d+)-[0-9a-f]+$/

/** Finds the cluster in `home`, or makes it. Two processes may do so at once: one cluster comes of it. */
export async function openCluster(options: {
  home: string
  account: Account | undefined
  binaries: Binaries
}): Promise<Cluster> {
  const { home, account, binaries } = options
  const root = join(home, 'cluster')
  const data = join(root, 'data')
  const made = await readMajor(data)
  if (made === undefined) {
    await removeHalfMade(home)
    await makeCluster(home, root, account, binaries)
  } else if (made !== binaries.major) {
    throw new AppError(
      'DATA_DIRECTORY_UNUSABLE',
      `${data} was made by PostgreSQL ${made}; this release of Becket brings ${binaries.major}`,
      { hint: 'Start the earlier release, dump the database, and load the dump into an empty data directory.' },
    )
  }
  const password = (await readFile(join(root, 'password'), 'utf8')).trim()
  return { data, password, log: join(home, 'postgres.log') }
}

async function readMajor(data: string): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(join(data, 'PG_VERSION'), 'utf8'), 10)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
}

async function makeCluster(
  home: string,
  root: string,
  account: Account | undefined,
  binaries: Binaries,
): Promise<void> {
  const making = join(home, `cluster.new-${process.pid}-${randomBytes(4).toString('hex')}`)
  const data = join(making, 'data')
  const forInitdb = join(making, 'password-for-initdb')
  const password = randomBytes(24).toString('hex')
  try {
    await mkdir(data, { recursive: true })
    await chmod(making, 0o755)
    await chmod(data, 0o700)
    for (const path of [forInitdb, join(making, 'password')]) await writeFile(path, `${password}\n`, { mode: 0o600 })
    if (account !== undefined) for (const path of [data, forInitdb]) await chown(path, account.uid, account.gid)
    const { ok, output } = await run(
      binaries.initdb,
      [
        `--pgdata=${data}`,
        '--username=becket',
        `--pwfile=${forInitdb}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--data-checksums',
        '--no-instructions',
      ],
      account,
      data,
    )
    if (!ok) {
      throw new AppError(
        'EMBEDDED_POSTGRES_UNAVAILABLE',
        `initdb failed in ${data}: ${output.split('\n').slice(-5).join(' ')}`,
        { ...hintOfFullDisk(output) },
      )
    }
    await rm(forInitdb)
    await rename(making, root)
    await syncFolder(home)
  } catch (error) {
    await rm(making, { recursive: true, force: true })
    // Another starter's cluster got there first; it is as good as ours.
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST') || (await readMajor(join(root, 'data'))) === undefined) throw error
  }
}

/** What a process that died in the middle of making a cluster left behind. */
async function removeHalfMade(home: string): Promise<void> {
  for (const name of await readdir(home)) {
    const pid = HALF_MADE.exec(name)?.[1]
    if (pid === undefined || Number(pid) === process.pid || (await isAlive(Number(pid)))) continue
    await rm(join(home, name), { recursive: true, force: true })
  }
}

/** After a rename, the folder's own entry must reach the disk too. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(path)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
