/**
 * Objects in a bucket that speaks S3: of AWS, Supabase, DigitalOcean Spaces, MinIO and their like. Does not make the
 * bucket, and does not retry.
 */
import type { OutboundAnswer } from '../outbound/outbound.ts'
import { assertObjectKey } from './key.ts'
import { isEmptyRange, needsWords, s3Fault } from './s3-fault.ts'
import { createS3Door, type S3Options } from './s3-request.ts'
import { putS3Object } from './s3-upload.ts'
import { readListing } from './s3-xml.ts'
import type { GetAnswer, HeadAnswer, Storage } from './storage.ts'

// 60 s for a whole object: 25 MiB at half a megabyte per second.
const TRANSFER_MS = 60_000
const NOTHING = Buffer.alloc(0)
const LIST_LIMIT = 1000
// 7 days: longer no signature of this kind is taken.
const MAX_SIGNED_SECONDS = 604_800

export function createS3Storage(options: S3Options): Storage {
  const door = createS3Door(options)

  function ask(operation: string, method: 'GET' | 'HEAD' | 'DELETE', key: string, headers = {}, deadlineMs?: number) {
    assertObjectKey(key)
    return door.ask({ operation, method, key, headers, ...(deadlineMs !== undefined && { deadlineMs }) })
  }

  function askStart(operation: string, key: string, count: number): Promise<OutboundAnswer> {
    return ask(operation, 'GET', key, { ...asStored, range: `bytes=0-${count - 1}` })
  }

  return {
    name: 's3',

    async put(key, content, contentType) {
      assertObjectKey(key)
      return putS3Object(door, key, content, contentType)
    },

    get: async (key) => found(await ask('get', 'GET', key, asStored, TRANSFER_MS)),

    async scan(key, see) {
      assertObjectKey(key)
      let bytes = 0
      const answer = await door.scan({ operation: 'get', method: 'GET', key, headers: asStored }, (piece) => {
        bytes += piece.length
        return see(piece)
      })
      return s3Fault(answer) ?? { kind: 'found', bytes }
    },

    async getStart(key, count) {
      const answer = await askStart('get', key, count)
      if (isEmptyRange(answer)) return { kind: 'found', bytes: NOTHING }
      const start = found(answer)
      // A proxy may ignore the range and give the whole.
      return start.kind === 'found' ? { kind: 'found', bytes: start.bytes.subarray(0, count) } : start
    },

    async head(key) {
      const answer = await ask('head', 'HEAD', key, asStored)
      if (needsWords(answer)) return sizeIn(await askStart('head', key, 1))
      const fault = s3Fault(answer)
      if (fault !== null) return fault
      const length = answer.kind === 'answer' ? answer.headers['content-length'] : undefined
      if (length !== undefined && /^\d+$/.test(length)) return { kind: 'found', bytes: Number(length) }
      return sizeIn(await askStart('head', key, 1))
    },

    async delete(key) {
      const fault = s3Fault(await ask('delete', 'DELETE', key))
      return fault === null || fault.kind === 'missing' ? { kind: 'deleted' } : fault
    },

    async list(prefix, { limit = LIST_LIMIT, after } = {}) {
      const query = {
        'list-type': '2',
        'encoding-type': 'url',
        'max-keys': String(Math.min(limit, LIST_LIMIT)),
        prefix,
        ...(after !== undefined && { 'continuation-token': after }),
      }
      const answer = await door.ask({ operation: 'list', method: 'GET', key: '', query })
      return s3Fault(answer) ?? readListing(answer.kind === 'answer' ? answer.body : NOTHING)
    },

    async signedUrl(key, { method, ttlMs, contentType }) {
      assertObjectKey(key)
      const seconds = Math.min(MAX_SIGNED_SECONDS, Math.max(1, Math.floor(ttlMs / 1000)))
      // Signed too, so that the object is called what was agreed.
      const headers: Record<string, string> =
        method === 'PUT' && contentType !== undefined ? { 'content-type': contentType } : {}
      const url = await door.presign(method, key, seconds, headers)
      return { kind: 'url', url, expiresAtMs: Date.now() + seconds * 1000, headers }
    },
  }
}

/** Bytes as they lie there: nothing on the way may compress them or answer for the storage. */
const asStored = { 'accept-encoding': 'identity', 'cache-control': 'no-cache' }

function found(answer: OutboundAnswer): GetAnswer {
  const fault = s3Fault(answer)
  if (fault !== null) return fault
  return answer.kind === 'answer'
    ? { kind: 'found', bytes: answer.body }
    : { kind: 'unavailable', reason: answer.message }
}

/** The whole size, as the answer to a read of the first byte tells it. */
function sizeIn(answer: OutboundAnswer): HeadAnswer {
  if (isEmptyRange(answer)) return { kind: 'found', bytes: 0 }
  const start = found(answer)
  if (start.kind !== 'found') return start
  if (answer.kind !== 'answer' || answer.status !== 206) return { kind: 'found', bytes: start.bytes.length }
  const size = /\/(\d+)$/.exec(answer.headers['content-range'] ?? '')?.[1]
  if (size !== undefined) return { kind: 'found', bytes: Number(size) }
  return { kind: 'malformed', reason: 'the storage answered a part of the object without saying its whole size' }
}
