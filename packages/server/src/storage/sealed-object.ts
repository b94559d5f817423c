/**
 * The format of an encrypted object, and nothing of where it lies: AES-256-GCM, bound to the key it needs and to its name.
 *
 *   magic 8 · version 1 · key id 8 · nonce 12 · ciphertext · tag 16
 */
import { createCipheriv, createDecipheriv, createHmac, type DecipherGCM, randomBytes } from 'node:crypto'
import { type Content, piecesOf } from './content.ts'
import type { GetAnswer, See, StorageFault } from './storage.ts'

export interface SealingKey {
  key: Buffer
  id: Buffer
}

// Begins with a byte that is not UTF-8 and ends with one that is not text: no document and no Markdown starts like this.
const MAGIC = Buffer.from([0x89, 0x42, 0x45, 0x43, 0x4b, 0x45, 0x54, 0x1a])
const VERSION = 1
const KEY_ID_AT = MAGIC.length + 1
const NONCE_AT = KEY_ID_AT + 8
const HEADER_BYTES = NONCE_AT + 12
const TAG_BYTES = 16

/** So many bytes of an object tell whether it is sealed. */
export const MAGIC_BYTES = MAGIC.length
/** What an object is longer by than its content. */
export const SEAL_BYTES = HEADER_BYTES + TAG_BYTES

export function isSealed(object: Buffer): boolean {
  return object.subarray(0, MAGIC.length).equals(MAGIC)
}

export function sealingKeyOf(key: Buffer): SealingKey {
  const id = createHmac('sha256', key).update('becket: id of a document encryption key').digest()
  return { key, id: id.subarray(0, NONCE_AT - KEY_ID_AT) }
}

export async function* seal({ key, id }: SealingKey, name: string, plain: Content): AsyncGenerator<Buffer> {
  const nonce = randomBytes(HEADER_BYTES - NONCE_AT)
  const header = Buffer.concat([MAGIC, Buffer.from([VERSION]), id, nonce])
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  cipher.setAAD(boundTo(header, name))
  yield header
  for await (const piece of piecesOf(plain)) yield cipher.update(piece)
  yield Buffer.concat([cipher.final(), cipher.getAuthTag()])
}

/** Of a sealed object. `own` null: no key is configured. */
export function unseal(own: SealingKey | null, name: string, object: Buffer): GetAnswer {
  if (object.length < SEAL_BYTES) return cutOff(object.length)
  const opened = open(own, name, object.subarray(0, HEADER_BYTES))
  if (opened.kind !== 'opened') return opened
  const tagAt = object.length - TAG_BYTES
  const plain = opened.decipher.update(object.subarray(HEADER_BYTES, tagAt))
  return isProvenBy(object.subarray(tagAt), opened.decipher) ? { kind: 'found', bytes: plain } : changed
}

export interface Unsealer {
  take: See
  /** After the last piece: what is wrong with the object, or how much content it had. */
  end(): Promise<{ kind: 'found'; bytes: number } | StorageFault>
}

/** Shows the content piece by piece; of an object that is not sealed, the object itself. It is proven only by `end`. */
export function createUnsealer(own: SealingKey | null, name: string, see: See): Unsealer {
  let state: { kind: 'beginning' } | { kind: 'plain' } | Opened | StorageFault = { kind: 'beginning' }
  /** What came and was not shown yet: a header in the making, or what may be the tag. */
  let held = Buffer.alloc(0)
  let taken = 0
  let shown = 0

  async function show(plain: Buffer): Promise<void> {
    shown += plain.length
    if (plain.length > 0) await see(plain)
  }

  return {
    async take(piece) {
      taken += piece.length
      if (state.kind === 'plain') return show(piece)
      held = Buffer.concat([held, piece])
      if (state.kind === 'beginning' && held.length >= MAGIC.length && !isSealed(held)) {
        state = { kind: 'plain' }
        return show(held)
      }
      if (state.kind === 'beginning' && held.length >= HEADER_BYTES) {
        state = open(own, name, held.subarray(0, HEADER_BYTES))
        held = held.subarray(HEADER_BYTES)
      }
      if (state.kind === 'opened' && held.length > TAG_BYTES) {
        const plain = state.decipher.update(held.subarray(0, held.length - TAG_BYTES))
        held = held.subarray(held.length - TAG_BYTES)
        await show(plain)
      }
    },
    async end() {
      // Too short to say what it is: then it is not sealed.
      if (state.kind === 'beginning' && !isSealed(held)) await show(held)
      else if (state.kind === 'beginning') return cutOff(taken)
      else if (state.kind === 'opened') {
        if (taken < SEAL_BYTES) return cutOff(taken)
        if (!isProvenBy(held, state.decipher)) return changed
      } else if (state.kind !== 'plain') return taken < SEAL_BYTES ? cutOff(taken) : state
      return { kind: 'found', bytes: shown }
    },
  }
}

type Opened = { kind: 'opened'; decipher: DecipherGCM }

/** Reads the header: what the object was encrypted with must be ours. */
function open(own: SealingKey | null, name: string, header: Buffer): Opened | StorageFault {
  if (header[MAGIC.length] !== VERSION) {
    const reason = `the encrypted object has format ${header[MAGIC.length]}; this release reads ${VERSION}`
    return { kind: 'malformed', reason }
  }
  const itsId = header.subarray(KEY_ID_AT, NONCE_AT)
  if (own === null || !own.id.equals(itsId)) {
    const configured = own === null ? 'no key is configured' : `the configured key is ${own.id.toString('hex')}`
    return { kind: 'wrong-key', reason: `it was encrypted with key ${itsId.toString('hex')}; ${configured}` }
  }
  const decipher = createDecipheriv('aes-256-gcm', own.key, header.subarray(NONCE_AT), { authTagLength: TAG_BYTES })
  decipher.setAAD(boundTo(header, name))
  return { kind: 'opened', decipher }
}

const changed: StorageFault = {
  kind: 'malformed',
  reason: 'the encrypted object was changed, damaged, or stored under another name',
}

function cutOff(bytes: number): StorageFault {
  return { kind: 'malformed', reason: `the encrypted object was cut off after ${bytes} bytes` }
}

function isProvenBy(tag: Buffer, decipher: DecipherGCM): boolean {
  decipher.setAuthTag(tag)
  try {
    decipher.final()
    return true
  } catch {
    return false
  }
}

function boundTo(header: Buffer, name: string): Buffer {
  return Buffer.concat([header, Buffer.from(name, 'utf8')])
}
