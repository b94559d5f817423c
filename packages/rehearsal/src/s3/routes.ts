/** The object routes of S3, path style: put, read, look at, delete, list. Who may come in is decided before. */
import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { S3Operation } from '../faults/s3-faults.ts'
import type { Objects, ObjectVersion } from '../storage/objects.ts'
import { answerListing, answerS3Fault, answerS3Object, type S3FaultCode, statusOfFault } from './answers.ts'
import { listObjects } from './listing.ts'
import type { S3Mishaps, S3Touched } from './mishaps.ts'

export interface S3Request {
  request: FastifyRequest
  reply: FastifyReply
  bucket: string
  objects: Objects
  /** Empty: the bucket itself. */
  key: string
  query: URLSearchParams
  body: Buffer
  signal: AbortSignal
}

export function createRoutes(mishaps: S3Mishaps): (asked: S3Request) => Promise<FastifyReply> {
  function refuse({ reply }: S3Request, touched: S3Touched, code: S3FaultCode): FastifyReply {
    const isMissing = code === 'NoSuchKey' && mishaps.strikes(touched, 'missingForbidden')
    const told = isMissing ? 'AccessDenied' : code
    mishaps.note(touched, isMissing ? 'forbidden' : code === 'NoSuchKey' ? 'missing' : 'duplicate', statusOfFault(told))
    return answerS3Fault(reply, told)
  }

  async function put(asked: S3Request, touched: S3Touched): Promise<FastifyReply> {
    const { request, reply, objects, key, body } = asked
    if (request.headers['if-none-match'] === '*' && objects.latest(key) !== null) {
      return refuse(asked, touched, 'PreconditionFailed')
    }
    const isLate = mishaps.strikes(touched, 'visibleLate')
    const late = isLate ? touched.luck.ms('visibleLate/by', touched.faults.visibleLate?.by) : 0
    const contentType = request.headers['content-type'] ?? 'application/octet-stream'
    const { etag } = objects.put(key, body, contentType, late)
    mishaps.note(touched, 'done', 200)
    return reply.code(200).header('etag', etag).send()
  }

  async function read(asked: S3Request, touched: S3Touched): Promise<FastifyReply> {
    const { request, reply, objects, key } = asked
    const sight = objects.look(key)
    if (sight.kind === 'missing') return refuse(asked, touched, 'NoSuchKey')
    if (sight.kind === 'not-yet-visible') {
      mishaps.note(touched, 'not-yet-visible', 404)
      return answerS3Fault(reply, 'NoSuchKey')
    }
    const isEmpty = mishaps.strikes(touched, 'emptyRead')
    mishaps.note(touched, isEmpty ? 'empty' : sight.stale ? 'stale' : 'done', 200)
    const version: ObjectVersion = isEmpty ? { ...sight.version, bytes: Buffer.alloc(0) } : sight.version
    // The length that a GET would have; Node sends no body in answer to HEAD.
    return answerS3Object(reply, version, request.method === 'HEAD' ? undefined : request.headers.range)
  }

  async function remove({ reply, objects, key }: S3Request, touched: S3Touched): Promise<FastifyReply> {
    mishaps.note(touched, objects.delete(key) ? 'done' : 'missing', 204)
    // What was never there is deleted as well.
    return reply.code(204).send()
  }

  async function list({ reply, bucket, objects, query }: S3Request, touched: S3Touched): Promise<FastifyReply> {
    const listing = listObjects(objects.seen(), query)
    if (listing === null) return answerS3Fault(reply, 'InvalidArgument')
    mishaps.note(touched, 'done', 200)
    return answerListing(reply, bucket, listing)
  }

  const duties = { put, get: read, head: read, delete: remove, list }

  return async (asked) => {
    const { request, reply, bucket, objects, key, body, query } = asked
    const operation = operationOf(request.method, key)
    if (operation === null) return answerS3Fault(reply, 'MethodNotAllowed')
    if (isBeyondUs(request, query)) return answerS3Fault(reply, 'NotImplemented')
    if (operation === 'list' && request.method === 'HEAD') return reply.code(200).send()
    const content = operation === 'put' ? createHash('sha256').update(body).digest('hex') : objects.latest(key)?.sha256
    const touch = { operation, bucket, path: key, work: content ?? key }
    const touched = await mishaps.pass(reply, touch, asked.signal)
    return touched === null ? reply : duties[operation](asked, touched)
  }
}

/** Null: no method of ours. */
function operationOf(method: string, key: string): S3Operation | null {
  if (key === '') return method === 'GET' || method === 'HEAD' ? 'list' : null
  switch (method) {
    case 'PUT':
      return 'put'
    case 'GET':
      return 'get'
    case 'HEAD':
      return 'head'
    case 'DELETE':
      return 'delete'
    default:
      return null
  }
}

function isBeyondUs({ headers }: FastifyRequest, query: URLSearchParams): boolean {
  const isChunked = String(headers['x-amz-content-sha256'] ?? '').startsWith('STREAMING-')
  return isChunked || headers['x-amz-copy-source'] !== undefined || query.has('uploads') || query.has('uploadId')
}
