/** The data directory: made at the first start, for its owner only; holds the keys that were not configured. */
import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from './core/error.ts'
import { hintOfFullDisk } from './db/embedded/full-disk.ts'

export interface DataDirectory {
  path: string
  /** The text of a file that is made once, and then the same for every process. */
  secret(name: string, make: () => string): Promise<{ value: string; isNew: boolean }>
}

export async function openDataDirectory(path: string): Promise<DataDirectory> {
  try {
    // As root, PostgreSQL runs under another account, which must pass through here; what lies in it is closed by itself.
    await mkdir(path, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AppError('DATA_DIRECTORY_UNUSABLE', `${path}: ${reason}`, { cause: error, ...hintOfFullDisk(error) })
  }
  return { path, secret: (name, make) => secret(join(path, name), make) }
}

async function secret(file: string, make: () => string): Promise<{ value: string; isNew: boolean }> {
  const existing = await read(file)
  if (existing !== null) return { value: existing, isNew: false }
  // Written beside and linked: two processes that start together agree on one, and none reads half of it.
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  try {
    await writeFile(draft, `${make()}\n`, { mode: 0o600 })
    await chmod(draft, 0o600)
    const isNew = await link(draft, file).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false
        throw error
      },
    )
    await unlink(draft)
    const value = await read(file)
    if (value === null) throw new Error('it was gone as soon as it was written')
    return { value, isNew }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AppError('DATA_DIRECTORY_UNUSABLE', `${file}: ${reason}`, { cause: error, ...hintOfFullDisk(error) })
  }
}

async function read(file: string): Promise<string | null> {
  try {
    const text = (await readFile(file, 'utf8')).trim()
    if (text !== '') return text
    throw new AppError('DATA_DIRECTORY_UNUSABLE', `${file} is empty`, {
      hint: 'Restore it from a backup; or delete it, after which addresses and keys made with it are void.',
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
