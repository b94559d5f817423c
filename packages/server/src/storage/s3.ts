/**
 * Objects in a bucket that speaks S3: of AWS, Supabase, DigitalOcean Spaces, MinIO and their like. Every request is
 * signed here, with the hash of its body, and goes the one way out. Does not make the bucket, and does not retry.
 */
import { createHash } from 'node:crypto'
import { AwsV4Signer } from 'aws4fetch'
import type { Outbound, OutboundAnswer, OutboundRequest } from '../outbound/outbound.ts'
import { wholeOf } from './content.ts'
import { assertObjectKey } from './key.ts'
import { isEmptyRange, needsWords, s3Fault } from './s3-fault.ts'
import type { GetAnswer, HeadAnswer, Storage } from './storage.ts'

// 60 s for a whole object: 25 MiB at half a megabyte per second. 15 s where only a few bytes travel.
const TRANSFER_MS = 60_000
const SHORT_MS = 15_000
const DEFAULT_MAX_BYTES = 128 * 1024 * 1024
const NOTHING = Buffer.alloc(0)

export interface S3Options {
  /** Below it lie the objects, whichever style put the bucket there: see `config/s3-bucket-url.ts`. */
  bucketUrl: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  outbound: Outbound
  /** The largest object that `get` takes into memory. */
  maxObjectBytes?: number
}

export function createS3Storage(options: S3Options): Storage {
  const { bucketUrl, region, accessKeyId, secretAccessKey, outbound, maxObjectBytes = DEFAULT_MAX_BYTES } = options

  async function ask(
    operation: string,
    method: OutboundRequest['method'],
    key: string,
    more: { headers?: Record<string, string>; body?: Buffer; deadlineMs?: number } = {},
  ): Promise<OutboundAnswer> {
    assertObjectKey(key)
    const url = `${bucketUrl}/${key}`
    // Only what is ours is signed: a proxy may rewrite the other headers.
    const headers = { 'x-amz-content-sha256': sha256(more.body ?? NOTHING) }
    const signer = new AwsV4Signer({ method, url, headers, service: 's3', region, accessKeyId, secretAccessKey })
    const signed = await signer.sign()
    return outbound.request({
      operation,
      method,
      url,
      headers: { ...more.headers, ...Object.fromEntries(signed.headers) },
      ...(more.body === undefined ? {} : { body: more.body }),
      deadlineMs: more.deadlineMs ?? SHORT_MS,
      maxBytes: maxObjectBytes,
      // The signature stands above, and is of use for this one request only.
      authenticated: false,
      signal: new AbortController().signal,
    })
  }

  function askStart(operation: string, key: string, count: number): Promise<OutboundAnswer> {
    return ask(operation, 'GET', key, { headers: { ...asStored, range: `bytes=0-${count - 1}` } })
  }

  async function get(key: string): Promise<GetAnswer> {
    return found(await ask('get', 'GET', key, { headers: asStored, deadlineMs: TRANSFER_MS }))
  }

  return {
    name: 's3',

    async put(key, content, contentType) {
      // Whole, since the hash that is signed goes before the bytes.
      const body = await wholeOf(content)
      const headers = { 'content-type': contentType, 'cache-control': 'no-cache' }
      const answer = await ask('put', 'PUT', key, { headers, body, deadlineMs: TRANSFER_MS })
      return s3Fault(answer) ?? { kind: 'stored' }
    },

    get,

    /** In one piece: the way out gives whole answers. */
    async scan(key, see) {
      const answer = await get(key)
      if (answer.kind !== 'found') return answer
      await see(answer.bytes)
      return { kind: 'found', bytes: answer.bytes.length }
    },

    async getStart(key, count) {
      const answer = await askStart('get', key, count)
      if (isEmptyRange(answer)) return { kind: 'found', bytes: NOTHING }
      const start = found(answer)
      // A proxy may ignore the range and give the whole.
      return start.kind === 'found' ? { kind: 'found', bytes: start.bytes.subarray(0, count) } : start
    },

    async head(key) {
      const answer = await ask('head', 'HEAD', key, { headers: asStored })
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

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
