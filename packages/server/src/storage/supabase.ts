/**
 * Objects in a bucket of Supabase Storage, over its REST routes. Reads go to the authenticated route, never to the public
 * one: that is cached for up to a minute and would show what was. Does not make the bucket, and does not retry.
 */
import type { Outbound, OutboundAnswer, OutboundRequest } from '../outbound/outbound.ts'
import { wholeOf } from './content.ts'
import { assertObjectKey } from './key.ts'
import type { GetAnswer, Storage, StorageFault } from './storage.ts'
import { isEmptyRange, supabaseFault } from './supabase-fault.ts'

// 60 s for a whole object: 25 MiB at half a megabyte per second. 15 s where only a few bytes travel.
const TRANSFER_MS = 60_000
const SHORT_MS = 15_000
const DEFAULT_MAX_BYTES = 128 * 1024 * 1024

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
  const base = `${options.url.replace(/(\/storage\/v1)?\/*$/, '')}/storage/v1/object`
  const credentials = { apikey: serviceRoleKey, authorization: `Bearer ${serviceRoleKey}` }

  function ask(
    operation: string,
    method: OutboundRequest['method'],
    route: string,
    key: string,
    more: { headers?: Record<string, string>; body?: Buffer; deadlineMs?: number } = {},
  ): Promise<OutboundAnswer> {
    assertObjectKey(key)
    return outbound.request({
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
    })
  }

  /** A ranged read works in every release and reports faults with a body; HEAD has none, and the info route varies. */
  function askStart(key: string, count: number): Promise<OutboundAnswer> {
    return ask('head', 'GET', '/authenticated', key, { headers: { ...asStored, range: `bytes=0-${count - 1}` } })
  }

  async function get(key: string): Promise<GetAnswer> {
    return found(await ask('get', 'GET', '/authenticated', key, { headers: asStored, deadlineMs: TRANSFER_MS }))
  }

  return {
    name: 'supabase',

    async put(key, content, contentType) {
      const bytes = await wholeOf(content)
      const headers = { 'content-type': contentType, 'x-upsert': 'true', 'cache-control': 'no-cache' }
      const answer = await ask('put', 'POST', '', key, { headers, body: bytes, deadlineMs: TRANSFER_MS })
      return supabaseFault(answer) ?? { kind: 'stored' }
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
