/**
 * A canary: one small object is written, read back, compared and deleted, under names of its own. Tells a key that is
 * refused from a bucket that is not there, and both from a storage that fails. Touches nothing else, and feeds no breaker.
 */
import { randomBytes } from 'node:crypto'
import type { Storage, StorageFault } from '../../storage/storage.ts'
import { climb, type Rung } from './ladder.ts'
import { fail, type ProbeReport, pass, type Seen, unknown } from './report.ts'
import { createScrub } from './scrub.ts'

const CANARY_PREFIX = 'becket-canary'

export interface StorageProbeOptions {
  signal: AbortSignal
  /** Of each step; default 5 s. */
  limitMs?: number
  /** Keys of the storage, which no report may hold. */
  secrets?: readonly string[]
  /** Default: a name that nobody used before. */
  key?: string
}

// A name in the key, so that whoever finds one left over knows what it was.
const newKey = () => `${CANARY_PREFIX}/${randomBytes(12).toString('hex')}`

export async function probeStorage(storage: Storage, options: StorageProbeOptions): Promise<ProbeReport[]> {
  const { signal, limitMs = 5_000, secrets = [], key = newKey() } = options
  const written = randomBytes(256)
  let read: Buffer | null = null

  async function write(): Promise<Seen> {
    const answer = await storage.put(key, written, 'application/octet-stream')
    return answer.kind === 'stored' ? pass(`${storage.name} took ${written.length} bytes`) : judgeFault(answer, 'write')
  }

  async function readBack(): Promise<Seen> {
    const answer = await storage.get(key)
    if (answer.kind !== 'found') return judgeFault(answer, 'read')
    read = answer.bytes
    return pass(`${read.length} bytes came back`)
  }

  async function compare(): Promise<Seen> {
    if (read === null) return unknown('nothing was read')
    if (read.equals(written)) return pass('they are the bytes that were written')
    return fail(
      'STO01',
      `other bytes came back than were written (${read.length} for ${written.length})`,
      'Look for a cache or a proxy between Becket and the storage, and take it out.',
    )
  }

  async function remove(): Promise<Seen> {
    const answer = await storage.delete(key)
    return answer.kind === 'deleted' ? pass('it was deleted') : judgeFault(answer, 'delete')
  }

  const rung = (name: string, ask: Rung['ask'], limit = limitMs): Rung => {
    const late = unknown(
      `${storage.name} did not answer within ${limit} ms`,
      'Look at its status page and at the network.',
    )
    return { name, code: 'STO01', limitMs: limit, late, ask }
  }
  const scrub = createScrub(secrets)
  const rungs = [rung('write', write), rung('read', readBack), rung('compare', compare), rung('delete', remove)]
  const { reports, reachedTop } = await climb('storage', rungs, { scrub, signal })
  // Whatever failed on the way, the canary must not stay where it was written. What comes of it is told nowhere: the
  // rung that failed is the finding.
  if (!reachedTop && reports[0]?.status === 'pass') storage.delete(key).catch(() => {})
  return reports
}

type Step = 'write' | 'read' | 'delete'

function judgeFault({ kind, reason }: StorageFault, step: Step): Seen {
  switch (kind) {
    case 'forbidden':
      return fail('KEY01', `it may not ${step}: ${reason}`, remedyOfForbidden(reason, step))
    case 'missing':
      return fail(
        'STO01',
        `what was just written is not there: ${reason}`,
        'Read through the storage’s own address and not through a cache; if it stays so, the storage loses objects.',
      )
    case 'wrong-key':
      return fail('KEY03', reason, 'Set DOCUMENT_ENCRYPTION_KEY to the key that the objects were written with.')
    case 'malformed':
      return fail('STO01', `it would not ${step}: ${reason}`, 'Check the address and the limits of the bucket.')
    case 'unavailable':
      return unavailable(reason, step)
    default:
      return kind satisfies never
  }
}

/** A key that nobody knows is another matter than one that may not do this. */
function remedyOfForbidden(reason: string, step: Step): string {
  if (
    /InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|ExpiredToken|JWS|JWT|signature verification|token/i.test(
      reason,
    )
  ) {
    return 'The storage does not know this key: set the right one. At Supabase it is the service role’s, of the same project as the URL.'
  }
  if (/row-level security|policy/i.test(reason)) {
    return 'The key is known and a policy keeps it out: at Supabase, set the service role’s key and not the anon key.'
  }
  if (/EACCES|EPERM|EROFS/.test(reason)) return 'Let the user that Becket runs as write below its data directory.'
  return `Let the key ${step} objects below \`${CANARY_PREFIX}/\`, as below every other name of the bucket.`
}

function unavailable(reason: string, step: Step): Seen {
  const evidence = `it could not ${step}: ${reason}`
  if (/NoSuchBucket|bucket( was)? not found|bucket/i.test(reason)) {
    return fail('STO01', evidence, 'Make the bucket, or correct its name, its region and the address of the storage.')
  }
  if (/ENOSPC|EDQUOT/.test(reason))
    return fail('HOST01', evidence, 'The disk is full: make room, or move the data directory.')
  if (/RequestTimeTooSkewed/.test(reason)) return fail('CLK01', evidence, 'Synchronise the clock of this machine.')
  return fail(
    'STO01',
    evidence,
    'Check the address of the storage and its status page; what reads and writes files waits meanwhile.',
  )
}
