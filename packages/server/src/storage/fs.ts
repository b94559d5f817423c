/**
 * Objects as files under one directory. `stored` means durable: the bytes are synced under another name, moved into
 * place, and the directories that lead to them are synced too, so that a crash leaves the old object or the new one.
 * Several processes may share the directory. Does not encrypt; see `encrypted.ts`.
 */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { access, type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Content, piecesOf, watched } from './content.ts'
import { fsFault } from './fs-fault.ts'
import { listDirectory } from './fs-listing.ts'
import { assertObjectKey } from './key.ts'
import type { GetAnswer, See, Storage, StorageFault } from './storage.ts'

// No key can start with a dot, so nothing in here is ever taken for an object.
const INCOMING = '.incoming'
// 1 h: no write takes that long, so the file belongs to a process that died.
const ABANDONED_MS = 3_600_000
// 1 GiB: one read of the operating system takes less than 2 GiB.
const MAX_READ = 1 << 30
// 256 kB: forty reads for a document of ten megabytes.
const SCAN_BYTES = 256 * 1024

export function createFsStorage({ directory }: { directory: string }): Storage {
  const root = resolve(directory)
  const incoming = join(root, INCOMING)
  let swept = false

  function pathOf(key: string): string {
    assertObjectKey(key)
    return join(root, key)
  }

  /** Where the whole directory is gone (a mount that dropped), an object that is not there proves nothing. */
  async function readFault(error: unknown): Promise<StorageFault> {
    const fault = fsFault(error, 'read')
    if (fault.kind !== 'missing') return fault
    try {
      await access(root)
      return fault
    } catch (rootError) {
      const rootFault = fsFault(rootError, 'read')
      return { kind: 'unavailable', reason: `the storage's directory cannot be reached: ${rootFault.reason}` }
    }
  }

  async function read(key: string, count: number | null): Promise<GetAnswer> {
    try {
      return await withFile(pathOf(key), async (file, size) => {
        const wanted = count === null ? size : Math.min(count, size)
        const bytes = await readFully(file, wanted)
        if (bytes.length < wanted) {
          return { kind: 'malformed', reason: `only ${bytes.length} of ${wanted} bytes could be read` }
        }
        return { kind: 'found', bytes }
      })
    } catch (error) {
      return await readFault(error)
    }
  }

  return {
    name: 'fs',

    async put(key, given) {
      const path = pathOf(key)
      const { content, failure } = watched(given)
      const temporary = join(incoming, randomUUID())
      try {
        const made = await mkdir(incoming, { recursive: true, mode: 0o700 })
        if (!swept) {
          swept = true
          await sweepAbandoned(incoming)
        }
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        await writeDurably(temporary, content)
        await rename(temporary, path)
        await syncDirectories(dirname(path), made === undefined ? root : dirname(made))
        return { kind: 'stored' }
      } catch (error) {
        await unlink(temporary).catch(() => undefined)
        if (failure() !== null) throw error
        return fsFault(error, 'write')
      }
    },

    get: (key) => read(key, null),
    getStart: (key, count) => read(key, count),

    async scan(key, see) {
      const path = pathOf(key)
      try {
        return await withFile(path, async (file) => ({ kind: 'found', bytes: await showPieces(file, see) }))
      } catch (error) {
        return await readFault(error)
      }
    },

    async head(key) {
      try {
        return await withFile(pathOf(key), async (_file, size) => ({ kind: 'found', bytes: size }))
      } catch (error) {
        return await readFault(error)
      }
    },

    async list(prefix, options) {
      try {
        return await listDirectory(root, prefix, options)
      } catch (error) {
        return await readFault(error)
      }
    },

    async delete(key) {
      const path = pathOf(key)
      try {
        await unlink(path)
        await syncDirectory(dirname(path))
        return { kind: 'deleted' }
      } catch (error) {
        const fault = await readFault(error)
        return fault.kind === 'missing' ? { kind: 'deleted' } : fault
      }
    },
  }
}

async function withFile<Answer>(
  path: string,
  use: (file: FileHandle, size: number) => Promise<Answer | StorageFault>,
): Promise<Answer | StorageFault> {
  // O_NONBLOCK: opening a pipe that somebody put there must not hang a thread for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const found = await file.stat()
    if (!found.isFile()) return { kind: 'malformed', reason: 'it is not a file' }
    return await use(file, found.size)
  } finally {
    await file.close()
  }
}

async function readFully(file: FileHandle, count: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(count)
  let filled = 0
  while (filled < count) {
    const { bytesRead } = await file.read(bytes, filled, Math.min(count - filled, MAX_READ), filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

async function showPieces(file: FileHandle, see: See): Promise<number> {
  const piece = Buffer.allocUnsafe(SCAN_BYTES)
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(piece, 0, piece.length, at)
    if (bytesRead === 0) return at
    await see(piece.subarray(0, bytesRead))
    at += bytesRead
  }
}

async function writeDurably(path: string, content: Content): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    if (Buffer.isBuffer(content)) await file.writeFile(content)
    else for await (const piece of piecesOf(content)) await file.appendFile(piece)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The whole way up to `top`: another process may have made a directory on it that it has not synced yet. */
async function syncDirectories(from: string, top: string): Promise<void> {
  for (let directory = from; ; directory = dirname(directory)) {
    await syncDirectory(directory)
    if (directory === top) return
  }
}

async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory; its file system journals the names by itself.
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** What processes that died left behind. Losing a race over a file is no fault: it is gone, which is what we want. */
async function sweepAbandoned(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name)
    const left = await stat(path).catch(() => null)
    if (left !== null && Date.now() - left.mtimeMs > ABANDONED_MS) await unlink(path).catch(() => undefined)
  }
}
