/**
 * Objects in a bucket of Supabase Storage, over its REST routes. Reads go to the authenticated route, never to the public
 * one: that is cached for up to a minute and would show what was. Does not make the bucket, and does not retry.
 */
import { Readable } from 'node:stream'
import type { Outbound, OutboundAnswer, OutboundRequest } from '../outbound/outbound.ts'
import { isSized, type SizedContent, watched, wholeOf } from './content.ts'
import { assertObjectKey } from './key.ts'
import type { GetAnswer, Storage, StorageFault } from './storage.ts'
import { isEmptyRange, supabaseFault } from './supabase-fault.ts'
import { signedAddress } from './supabase-signed-address.ts'

// 60 s for a whole object: 25 MiB at half a megabyte per second. 15 s where only a few bytes travel.
const TRANSFER_MS = 60_000
const SHORT_MS = 15_000
const BYTES_PER_MS = 500
const DEFAULT_MAX_BYTES = 128 * 1024 * 1024
// 1 TiB: an object that is only passed on may be as large as any that is kept.
const SCAN_MAX_BYTES = 2 ** 40

export interface SupabaseOptions {
  /** The project's address, with or without `/storage/v1`. */
  url: string
  serviceRoleKey: string
  bucket: string
  outbound: Outbound
  /** The largest object that `get` takes into memory. */
  maxObjectBytes?: number
}

export function createSupabaseStorage(options: SupabaseOptions): Storage {
  const { serviceRoleKey, bucket, outbound, maxObjectBytes = DEFAULT_MAX_BYTES } = options
  const storageUrl = `${options.url.replace(/(\/storage\/v1)?\/*$/, '')}/storage/v1`
  const base = `${storageUrl}/object`
  const credentials = { apikey: serviceRoleKey, authorization: `Bearer ${serviceRoleKey}` }

  interface More {
    headers?: Record<string, string>
    body?: OutboundRequest['body']
    deadlineMs?: number
  }

  function requestFor(
    operation: string,
    method: OutboundRequest['method'],
    route: string,
    key: string,
    more: More,
  ): OutboundRequest {
    assertObjectKey(key)
    return {
      operation,
      method,
      url: `${base}${route}/${encodeURIComponent(bucket)}/${key}`,
      headers: { ...credentials, ...more.headers },
      ...(more.body === undefined ? {} : { body: more.body }),
      deadlineMs: more.deadlineMs ?? SHORT_MS,
      maxBytes: maxObjectBytes,
      // The key is sent by name above: Supabase wants it in two headers.
      authenticated: false,
      signal: new AbortController().signal,
    }
  }

  const ask = (
    operation: string,
    method: OutboundRequest['method'],
    route: string,
    key: string,
    more: More = {},
  ): Promise<OutboundAnswer> => outbound.request(requestFor(operation, method, route, key, more))

  /** A ranged read works in every release and reports faults with a body; HEAD has none, and the info route varies. */
  function askStart(key: string, count: number): Promise<OutboundAnswer> {
    return ask('head', 'GET', '/authenticated', key, { headers: { ...asStored, range: `bytes=0-${count - 1}` } })
  }

  async function get(key: string): Promise<GetAnswer> {
    return found(await ask('get', 'GET', '/authenticated', key, { headers: asStored, deadlineMs: TRANSFER_MS }))
  }

  return {
    name: 'supabase',

    /** In one request, for which the length must be known: what comes piece by piece is held until it is whole. */
    async put(key, given, contentType) {
      const { content, failure } = watched(given)
      const body = isSized(content) ? fileOf(content) : await wholeOf(content)
      const length = Buffer.isBuffer(body) ? body.length : body.bytes
      const headers = { 'content-type': contentType, 'x-upsert': 'true', 'cache-control': 'no-cache' }
      const deadlineMs = TRANSFER_MS + length / BYTES_PER_MS
      const answer = await ask('put', 'POST', '', key, { headers, body, deadlineMs })
      const failed = failure()
      if (failed !== null) throw failed.error
      return supabaseFault(answer) ?? { kind: 'stored' }
    },

    get,

    async scan(key, see) {
      let bytes = 0
      const request = requestFor('get', 'GET', '/authenticated', key, { headers: asStored })
      const { deadlineMs: _short, ...unhurried } = request
      const answer = await outbound.download({ ...unhurried, maxBytes: SCAN_MAX_BYTES }, (piece) => {
        bytes += piece.length
        return see(piece)
      })
      return supabaseFault(answer) ?? { kind: 'found', bytes }
    },

    async getStart(key, count) {
      const answer = await askStart(key, count)
      if (isEmptyRange(answer)) return { kind: 'found', bytes: Buffer.alloc(0) }
      const start = found(answer)
      // A proxy may ignore the range and give the whole.
      return start.kind === 'found' ? { kind: 'found', bytes: start.bytes.subarray(0, count) } : start
    },

    async head(key) {
      const answer = await askStart(key, 1)
      if (isEmptyRange(answer)) return { kind: 'found', bytes: 0 }
      const start = found(answer)
      if (start.kind !== 'found') return start
      if (answer.kind === 'answer' && answer.status === 206) return sizeOf(answer.headers['content-range'])
      return { kind: 'found', bytes: start.bytes.length }
    },

    async delete(key) {
      const fault = supabaseFault(await ask('delete', 'DELETE', '', key))
      return fault === null || fault.kind === 'missing' ? { kind: 'deleted' } : fault
    },

    /** Of an upload the project decides how long: two hours where it is hosted, a minute where it is not told otherwise. */
    async signedUrl(key, { method, ttlMs, contentType }) {
      const expiresIn = Math.max(1, Math.floor(ttlMs / 1000))
      const headers = { 'content-type': 'application/json', ...(method === 'PUT' && { 'x-upsert': 'true' }) }
      const route = method === 'PUT' ? '/upload/sign' : '/sign'
      const body = JSON.stringify(method === 'PUT' ? {} : { expiresIn })
      const answer = await ask('sign', 'POST', route, key, { headers, body })
      const fault = supabaseFault(answer)
      if (fault !== null) return fault
      const signed = signedAddress(answer.kind === 'answer' ? answer.body : Buffer.alloc(0), storageUrl)
      if (signed === null)
        return { kind: 'unavailable', reason: 'the storage signed, and gave no address that we can read' }
      const sent = method === 'PUT' ? { 'x-upsert': 'true', ...(contentType && { 'content-type': contentType }) } : {}
      return {
        kind: 'url',
        url: signed.url,
        expiresAtMs: signed.expiresAtMs ?? Date.now() + expiresIn * 1000,
        headers: sent,
      }
    },
  }
}

/** Bytes as they lie there: nothing on the way may compress them or answer for the storage. */
const asStored = { 'accept-encoding': 'identity', 'cache-control': 'no-cache' }

function found(answer: OutboundAnswer): GetAnswer {
  const fault = supabaseFault(answer)
  if (fault !== null) return fault
  return answer.kind === 'answer'
    ? { kind: 'found', bytes: answer.body }
    : { kind: 'unavailable', reason: answer.message }
}

function sizeOf(contentRange: string | undefined): { kind: 'found'; bytes: number } | StorageFault {
  const size = /\/(\d+)$/.exec(contentRange ?? '')?.[1]
  if (size !== undefined) return { kind: 'found', bytes: Number(size) }
  return { kind: 'malformed', reason: 'the storage answered a part of the object without saying its whole size' }
}

function fileOf({ bytes, open }: SizedContent) {
  return { bytes, open: () => Readable.from(open(), { objectMode: false }) }
}
