/** Uploaded files on their way to extraction, on disk, so that many large ones waiting cost no memory. */
import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { link, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'

export interface SpooledFile {
  path: string
  sha256: string
  bytes: number
}

export interface Spool {
  write(content: Readable): Promise<SpooledFile>
  /** The same bytes once more, to be removed on their own. */
  again(file: SpooledFile): Promise<SpooledFile>
  remove(path: string): Promise<void>
  /** Removes everything. */
  close(): Promise<void>
}

export async function openSpool(): Promise<Spool> {
  const home = await mkdtemp(join(tmpdir(), 'becket-rehearsal-'))
  return {
    async write(content) {
      const path = join(home, randomUUID())
      const hash = createHash('sha256')
      let bytes = 0
      const measure = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          hash.update(chunk)
          bytes += chunk.byteLength
          done(null, chunk)
        },
      })
      await pipeline(content, measure, createWriteStream(path, { mode: 0o600 }))
      return { path, sha256: hash.digest('hex'), bytes }
    },
    async again(file) {
      const path = join(home, randomUUID())
      await link(file.path, path)
      return { ...file, path }
    },
    remove: (path) => rm(path, { force: true }),
    close: () => rm(home, { recursive: true, force: true }),
  }
}
