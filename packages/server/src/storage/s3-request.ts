/** A request to a bucket that speaks S3, signed here and sent the one way out; or signed into its address, for others to send. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { AwsV4Signer } from 'aws4fetch'
import type { Outbound, OutboundAnswer, OutboundRequest } from '../outbound/outbound.ts'
import type { SizedContent } from './content.ts'
import type { See } from './storage.ts'

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

export interface S3Request {
  operation: string
  method: OutboundRequest['method']
  /** Empty: the bucket itself. */
  key: string
  query?: Record<string, string>
  headers?: Record<string, string>
  body?: Buffer | SizedContent
  /** Default 15 s, for where only a few bytes travel. */
  deadlineMs?: number
}

export interface S3Door {
  ask(request: S3Request): Promise<OutboundAnswer>
  /** Shows a success piece by piece. Rejects with what `see` threw. */
  scan(request: S3Request, see: See): Promise<OutboundAnswer>
  presign(method: 'GET' | 'PUT', key: string, seconds: number, headers: Record<string, string>): Promise<string>
}

const SHORT_MS = 15_000
// 1 TiB: an object that is only passed on may be as large as any that is kept.
const SCAN_MAX_BYTES = 2 ** 40
const DEFAULT_MAX_BYTES = 128 * 1024 * 1024
const NOTHING = Buffer.alloc(0)

export function createS3Door(options: S3Options): S3Door {
  const { bucketUrl, region, accessKeyId, secretAccessKey, outbound, maxObjectBytes = DEFAULT_MAX_BYTES } = options
  const signing = { service: 's3', region, accessKeyId, secretAccessKey }

  function addressOf(key: string, query: Record<string, string> = {}): string {
    const url = new URL(key === '' ? bucketUrl : `${bucketUrl}/${key}`)
    // As the signature has it: a space is %20, never a plus.
    url.search = Object.entries(query)
      .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
      .join('&')
    return url.href
  }

  /** Over TLS nobody can change the bytes; without it their hash is signed, for which they are read once more. */
  async function payloadHash(body: S3Request['body']): Promise<string> {
    if (body === undefined || Buffer.isBuffer(body)) return sha256(body ?? NOTHING)
    if (bucketUrl.startsWith('https:')) return 'UNSIGNED-PAYLOAD'
    const hash = createHash('sha256')
    for await (const piece of body.open()) hash.update(piece)
    return hash.digest('hex')
  }

  async function signed(request: S3Request): Promise<OutboundRequest & { maxBytes: number }> {
    const { operation, method, key, query, body } = request
    const url = addressOf(key, query)
    // Only what is ours is signed: a proxy may rewrite the other headers.
    const headers = { 'x-amz-content-sha256': await payloadHash(body) }
    const ours = await new AwsV4Signer({ ...signing, method, url, headers }).sign()
    return {
      operation,
      method,
      url,
      headers: { ...request.headers, ...Object.fromEntries(ours.headers) },
      ...(body === undefined ? {} : { body: Buffer.isBuffer(body) ? body : fileOf(body) }),
      maxBytes: maxObjectBytes,
      // The signature stands above, and is of use for this one request only.
      authenticated: false,
      signal: new AbortController().signal,
    }
  }

  return {
    ask: async (request) =>
      outbound.request({ ...(await signed(request)), deadlineMs: request.deadlineMs ?? SHORT_MS }),
    scan: async (request, see) => outbound.download({ ...(await signed(request)), maxBytes: SCAN_MAX_BYTES }, see),

    async presign(method, key, seconds, headers) {
      const url = addressOf(key, { 'X-Amz-Expires': String(seconds) })
      const ours = await new AwsV4Signer({ ...signing, method, url, headers, signQuery: true, allHeaders: true }).sign()
      return ours.url.href
    },
  }
}

function fileOf({ bytes, open }: SizedContent) {
  return { bytes, open: () => Readable.from(open(), { objectMode: false }) }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
