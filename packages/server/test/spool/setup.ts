/** A spool on a disk of its own, before a database that is there or not as the test says. Its rounds are the test's. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../src/core/error.ts'
import { createSpool, type SpoolOptions } from '../../src/intake/spool.ts'
import { openSpoolFile, type SpoolFile } from '../../src/intake/spool-file.ts'
import { silentLog } from '../../src/observe/log.ts'
import type { NewCallback, StoredCallback } from '../../src/store/callbacks.ts'
import { newId } from '../../src/store/new-id.ts'

export const MIB = 1024 * 1024

export interface TemporaryDirectory extends AsyncDisposable {
  path: string
}

export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'becket-spool-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** A disk of 2 MiB, in memory; for root. */
export async function smallDisk(): Promise<TemporaryDirectory & { grow(): Promise<void> }> {
  const { path } = await temporaryDirectory()
  const mount = (...args: string[]) => {
    const { status, stderr } = spawnSync('mount', [...args, path], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`mount: ${stderr}`)
  }
  mount('-t', 'tmpfs', '-o', 'size=2m', 'tmpfs')
  return {
    path,
    grow: async () => mount('-o', 'remount,size=16m'),
    [Symbol.asyncDispose]: async () => {
      spawnSync('umount', [path])
      await rm(path, { recursive: true, force: true })
    },
  }
}

export function callbackOf(body: string | Buffer, more: Partial<NewCallback> = {}): NewCallback {
  const bytes = Buffer.from(body)
  const bodyHash = createHash('sha256').update(bytes).digest()
  return {
    id: newId('callback'),
    source: 'orders',
    receivedAtMs: Date.now(),
    method: 'POST',
    url: '/in/orders',
    headers: [['content-type', 'application/json']],
    body: bytes,
    remoteAddress: '127.0.0.1',
    verdict: 'verified',
    verdictReason: null,
    tokenExpectation: null,
    hints: {},
    dedupKey: bodyHash,
    bodyHash,
    ...more,
  }
}

type DatabaseState = 'there' | 'away' | 'silent'

/** A database that keeps ids, in memory. */
function createFakeDatabase() {
  let now: DatabaseState = 'there'
  const stored: string[] = []
  let poison: ReadonlySet<string> = new Set()
  /** What was handed over while it was silent. */
  const hanging: (() => void)[] = []

  async function store(callback: NewCallback): Promise<StoredCallback> {
    if (now === 'silent') await new Promise<void>((resolve) => hanging.push(resolve))
    if (now === 'away') throw new AppError('DATABASE_UNREACHABLE', 'it is away')
    if (poison.has(callback.id)) throw Object.assign(new Error('invalid byte sequence'), { code: '22021' })
    if (stored.includes(callback.id)) throw Object.assign(new Error('duplicate key'), { code: '23505' })
    stored.push(callback.id)
    return { id: callback.id, fate: 'received' }
  }

  return {
    stored,
    store,
    become(state: DatabaseState) {
      now = state
      for (const go of hanging.splice(0)) go()
    },
    refuse(ids: readonly string[]) {
      poison = new Set(ids)
    },
    answers: async () => now === 'there',
    findStored: async (ids: readonly string[]) => new Set(ids.filter((id) => stored.includes(id))),
  }
}

export async function openSpool(dataDir: string, more: Partial<SpoolOptions> & { maxBytes?: number } = {}) {
  const { maxBytes = 64 * MIB, ...options } = more
  const file = options.file ?? (await openSpoolFile({ dataDir, maxBytes }))
  const database = createFakeDatabase()
  let wakes = 0
  const spool = createSpool({
    file,
    store: database.store,
    storeSpooled: database.store,
    findStored: database.findStored,
    answers: database.answers,
    notReady: () => null,
    afterMs: 20,
    wake: () => {
      wakes += 1
    },
    log: silentLog,
    ...options,
  })
  const never = new AbortController().signal
  return {
    file,
    database,
    spool,
    wakes: () => wakes,
    round: () => spool.round(never),
    [Symbol.asyncDispose]: () => spool.close(),
  }
}

/** All of it, in order. */
export const idsIn = (file: SpoolFile) => file.read(null, { entries: 10_000, bytes: 1_000 * MIB }).map(({ id }) => id)
