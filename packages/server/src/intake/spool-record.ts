/**
 * One callback as it lies in the spool: a version, a checksum, what is known of it as JSON, and its bytes as bytes. Reads
 * back exactly what was written, or says why not. Knows no file.
 */
import { crc32 } from 'node:zlib'
import { callbackVerdictSchema } from '@becket/client/contract'
import { z } from 'zod'
import type { NewCallback } from '../store/callbacks.ts'

// Changed with the layout: a release that finds another number leaves the record where it is.
const VERSION = 1

// Version, checksum of all that follows, and the lengths of the JSON, of the key and of the hash.
const CHECKED_FROM = 5
const HEAD_BYTES = CHECKED_FROM + 4 + 1 + 1

/** A key of this length would be no key: there is none. */
const NO_KEY = 255

const factsSchema = z.tuple([
  z.string(),
  z.string(),
  z.number(),
  z.string(),
  z.string(),
  z.array(z.tuple([z.string(), z.string()])),
  z.string(),
  callbackVerdictSchema,
  z.string().nullable(),
  z.string().nullable(),
  z.array(z.tuple([z.string(), z.string()])),
])

export function encodeRecord(callback: NewCallback): Buffer {
  const { dedupKey, bodyHash, body } = callback
  const facts: z.input<typeof factsSchema> = [
    callback.id,
    callback.source,
    callback.receivedAtMs,
    callback.method,
    callback.url,
    callback.headers.map(([name, value]) => [name, value]),
    callback.remoteAddress,
    callback.verdict,
    callback.verdictReason,
    callback.tokenExpectation,
    // As pairs: a name such as `__proto__` would not survive as one of an object.
    Object.entries(callback.hints),
  ]
  const json = Buffer.from(JSON.stringify(facts))
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt8(VERSION, 0)
  head.writeUInt32BE(json.length, CHECKED_FROM)
  head.writeUInt8(dedupKey === null ? NO_KEY : dedupKey.length, CHECKED_FROM + 4)
  head.writeUInt8(bodyHash.length, CHECKED_FROM + 5)
  const record = Buffer.concat([head, json, dedupKey ?? Buffer.alloc(0), bodyHash, body])
  record.writeUInt32BE(crc32(record.subarray(CHECKED_FROM)), 1)
  return record
}

/** The reason is for whoever looks at what was set aside. */
export type ReadRecord = { kind: 'callback'; callback: NewCallback } | { kind: 'unreadable'; reason: string }

export function decodeRecord(record: Buffer): ReadRecord {
  if (record.length < HEAD_BYTES) return unreadable('the record is cut off')
  const version = record.readUInt8(0)
  if (version !== VERSION) return unreadable(`the record was written by another release, in layout ${version}`)
  if (record.readUInt32BE(1) !== crc32(record.subarray(CHECKED_FROM))) {
    return unreadable('the record is damaged: its checksum is wrong')
  }
  let at = HEAD_BYTES
  const take = (bytes: number) => {
    at += bytes
    return Buffer.from(record.subarray(at - bytes, at))
  }
  const json = take(record.readUInt32BE(CHECKED_FROM)).toString()
  const keyBytes = record.readUInt8(CHECKED_FROM + 4)
  const dedupKey = keyBytes === NO_KEY ? null : take(keyBytes)
  const bodyHash = take(record.readUInt8(CHECKED_FROM + 5))
  const body = take(record.length - at)
  const facts = factsSchema.safeParse(JSON.parse(json))
  if (!facts.success) return unreadable('the record holds something else than a callback')
  const [
    id,
    source,
    receivedAtMs,
    method,
    url,
    headers,
    remoteAddress,
    verdict,
    verdictReason,
    tokenExpectation,
    hints,
  ] = facts.data
  const callback = {
    id,
    source,
    receivedAtMs,
    method,
    url,
    headers,
    body,
    remoteAddress,
    verdict,
    verdictReason,
    tokenExpectation,
    hints: Object.fromEntries(hints),
    dedupKey,
    bodyHash,
  }
  return { kind: 'callback', callback }
}

const unreadable = (reason: string): ReadRecord => ({ kind: 'unreadable', reason })
