/**
 * Opens the LMDB environment of the spool, or says what is wrong with it and what to do. Whatever lies in it was promised
 * to somebody: nothing is ever thrown away here.
 */
import { statfsSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import type { RootDatabase } from 'lmdb'
import { AppError } from '../core/error.ts'
import { hintOfFullDisk } from '../db/embedded/full-disk.ts'

// 128 MiB beside twice the bound: pages in use, pages that a commit frees, and what was set aside. Address space, not disk.
const MAP_SLACK_BYTES = 128 * 1024 * 1024

// Behind the header of the first page, in the byte order of the machine.
const MAGIC_AT = 24
const MAGIC = 0xbeefc0de

/** Several processes of one machine may have it open: LMDB keeps them apart. */
export async function openEnvironment(directory: string, maxBytes: number): Promise<RootDatabase<Buffer, string>> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await requireEnvironment(join(directory, 'data.mdb'))
    // Where a platform has no build of it, that is said here rather than before the first line of the log.
    const lmdb = await import('lmdb')
    return lmdb.open<Buffer, string>({
      path: directory,
      noSubdir: false,
      maxDbs: 4,
      encoding: 'binary',
      mapSize: 2 * maxBytes + MAP_SLACK_BYTES,
      // A commit is synced when it returns.
      overlappingSync: false,
    })
  } catch (error) {
    throw unusable(directory, error)
  }
}

/** By its name, and with what to do where the system says why. */
export function unusable(directory: string, error: unknown): AppError {
  if (error instanceof AppError) return error
  const reason = error instanceof Error ? error.message : String(error)
  // A write that fits in part is reported as an error of the device.
  const said = hasRoom(directory) ? reason : `${reason}: No space left on device`
  const hint = hintOfFullDisk(error) ?? hintOfFullDisk(said)
  return new AppError('SPOOL_UNUSABLE', `${directory}: ${said}`, { cause: error, retryable: true, ...hint })
}

// 64 KiB: less than what a commit may write at once.
const ROOM_BYTES = 64 * 1024

/** Where that cannot be asked, room is not what lacks. */
function hasRoom(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory)
    return bavail * bsize >= ROOM_BYTES
  } catch {
    return true
  }
}

/** Given another file, the library does not answer with an error: it takes the process with it. */
async function requireEnvironment(file: string): Promise<void> {
  const head = Buffer.alloc(MAGIC_AT + 4)
  let bytes: number
  try {
    const handle = await open(file)
    try {
      bytes = (await handle.read(head, 0, head.length, 0)).bytesRead
    } finally {
      await handle.close()
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw error
  }
  if (bytes === 0) return
  if (bytes === head.length && [head.readUInt32LE(MAGIC_AT), head.readUInt32BE(MAGIC_AT)].includes(MAGIC)) return
  throw new AppError('SPOOL_UNUSABLE', `${file} is damaged: it does not begin as it was written`, {
    hint: 'Keep a copy of it, then move it away: callbacks that waited in it must be asked for again. Look at the disk.',
  })
}
