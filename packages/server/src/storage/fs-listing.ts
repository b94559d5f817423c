/** Which files lie under a directory, as the storage that keeps them there names them. Reads names and sizes only. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isObjectKey } from './key.ts'
import type { ListAnswer, ListedObject, ListOptions } from './storage.ts'

const LIMIT = 1000

/** Throws what the file system throws. */
export async function listDirectory(root: string, prefix: string, options: ListOptions = {}): Promise<ListAnswer> {
  const limit = Math.min(options.limit ?? LIMIT, LIMIT)
  const keys: string[] = []
  await collect(root, '', prefix, keys)
  keys.sort(byBytes)
  const { after } = options
  const left = after === undefined ? keys : keys.filter((key) => byBytes(key, after) > 0)
  const page = left.slice(0, limit)
  const objects: ListedObject[] = []
  for (const key of page) {
    const found = await statOrNull(join(root, key))
    if (found?.isFile()) objects.push({ key, storedBytes: found.size })
  }
  return { kind: 'listed', objects, next: left.length > limit ? (page.at(-1) ?? null) : null }
}

/** Only directories that may hold such keys are opened. */
async function collect(root: string, folder: string, prefix: string, keys: string[]): Promise<void> {
  for (const entry of await entriesOf(join(root, folder), folder === '')) {
    const key = folder === '' ? entry.name : `${folder}/${entry.name}`
    // What is no key is not ours: files that are coming in, and what others left here.
    if (!isObjectKey(key)) continue
    if (entry.isDirectory()) {
      if (`${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`)) await collect(root, key, prefix, keys)
    } else if (key.startsWith(prefix)) keys.push(key)
  }
}

/** A directory that is taken away meanwhile holds nothing; the storage's own must be there. */
async function entriesOf(path: string, isRoot: boolean) {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    if (!isRoot && isGone(error)) return []
    throw error
  }
}

async function statOrNull(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if (isGone(error)) return null
    throw error
  }
}

const isGone = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** As every S3 orders keys. They are ASCII, so that UTF-16 is the same. */
const byBytes = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
