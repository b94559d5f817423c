/** The storage's answers on the wire. Its habit: HTTP 400 for nearly every fault, the true status as text in the body. */
import type { FastifyReply } from 'fastify'
import type { ObjectVersion } from './objects.ts'
import { readRange } from './range.ts'

export interface StorageFaultBody {
  statusCode: string
  error: string
  message: string
}

export const NOT_FOUND: StorageFaultBody = { statusCode: '404', error: 'not_found', message: 'Object not found' }
export const NO_BUCKET: StorageFaultBody = {
  statusCode: '404',
  error: 'Bucket not found',
  message: 'Bucket not found',
}
export const DUPLICATE: StorageFaultBody = {
  statusCode: '409',
  error: 'Duplicate',
  message: 'The resource already exists',
}
export const NO_KEY: StorageFaultBody = { statusCode: '403', error: 'Unauthorized', message: 'Invalid Compact JWS' }
export const BAD_BODY: StorageFaultBody = {
  statusCode: '400',
  error: 'invalid_request',
  message: 'The body holds no file',
}
const BAD_RANGE: StorageFaultBody = {
  statusCode: '416',
  error: 'InvalidRange',
  message: 'The requested range is not satisfiable',
}

/** `httpStatus` other than 400 only where a proxy in front, or a newer release, would say so. */
export function answerFault(reply: FastifyReply, body: StorageFaultBody, httpStatus = 400): FastifyReply {
  return reply.code(httpStatus).send(body)
}

export function answerObject(reply: FastifyReply, version: ObjectVersion, range: string | undefined): FastifyReply {
  reply
    .header('etag', version.etag)
    .header('last-modified', new Date(version.storedAtMs).toUTCString())
    .header('cache-control', 'no-cache')
    .header('accept-ranges', 'bytes')
  const size = version.bytes.byteLength
  const wanted = range === undefined ? null : readRange(range, size)
  if (wanted === 'unsatisfiable') return answerFault(reply, BAD_RANGE)
  reply.type(version.contentType)
  if (wanted === null) return reply.send(version.bytes)
  return reply
    .code(206)
    .header('content-range', `bytes ${wanted.first}-${wanted.last}/${size}`)
    .send(version.bytes.subarray(wanted.first, wanted.last + 1))
}

export function infoOf(bucket: string, path: string, version: ObjectVersion): Record<string, unknown> {
  const at = new Date(version.storedAtMs).toISOString()
  return {
    id: version.id,
    name: path,
    bucket_id: bucket,
    version: version.id,
    size: version.bytes.byteLength,
    content_type: version.contentType,
    cache_control: 'no-cache',
    etag: version.etag,
    last_modified: at,
    created_at: at,
    metadata: {},
  }
}
