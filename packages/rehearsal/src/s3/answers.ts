/** What S3 says on the wire: errors as XML, which HEAD has not, objects, and lists. Decides nothing. */
import { randomUUID } from 'node:crypto'
import type { FastifyReply } from 'fastify'
import type { ObjectVersion } from '../storage/objects.ts'
import { readRange } from '../storage/range.ts'
import type { Listing } from './listing.ts'

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n'

const faults = {
  AccessDenied: [403, 'Access Denied'],
  AuthorizationHeaderMalformed: [400, 'The authorization header is malformed, or of another region.'],
  ExpiredToken: [403, 'The signed address has expired.'],
  InvalidAccessKeyId: [403, 'The access key is not known here.'],
  RequestTimeTooSkewed: [403, 'The time of the request is too far from the time of the server.'],
  SignatureDoesNotMatch: [403, 'The signature is not the one that was calculated here. Check the secret key.'],
  XAmzContentSHA256Mismatch: [400, 'The body is not the one that was signed.'],
  InvalidArgument: [400, 'A parameter cannot be read.'],
  InvalidURI: [400, 'The address cannot be read.'],
  MethodNotAllowed: [405, 'This method is not allowed on this resource.'],
  NoSuchBucket: [404, 'The bucket does not exist.'],
  NoSuchKey: [404, 'The key does not exist.'],
  PreconditionFailed: [412, 'There is an object with this key already.'],
  InvalidRange: [416, 'The range cannot be satisfied.'],
  NotImplemented: [501, 'This stand-in knows neither multipart uploads, nor copies, nor chunked signatures.'],
  SlowDown: [503, 'Please reduce your request rate.'],
} as const satisfies Record<string, readonly [number, string]>

export type S3FaultCode = keyof typeof faults

export function statusOfFault(code: S3FaultCode): number {
  return faults[code][0]
}

export function answerS3Fault(reply: FastifyReply, code: S3FaultCode): FastifyReply {
  const [status, message] = faults[code]
  const requestId = randomUUID()
  reply.code(status).header('x-amz-request-id', requestId)
  if (reply.request.method === 'HEAD') return reply.send()
  const body = `${element('Code', code)}${element('Message', message)}${element('RequestId', requestId)}`
  return reply.type('application/xml').send(`${XML}<Error>${body}</Error>`)
}

/** `range`: as it was asked for. */
export function answerS3Object(reply: FastifyReply, version: ObjectVersion, range: string | undefined): FastifyReply {
  const { bytes } = version
  const wanted = range === undefined ? null : readRange(range, bytes.length)
  if (wanted === 'unsatisfiable') return answerS3Fault(reply, 'InvalidRange')
  reply
    .type(version.contentType)
    .header('etag', version.etag)
    .header('last-modified', new Date(version.storedAtMs).toUTCString())
    .header('accept-ranges', 'bytes')
  if (wanted === null) return reply.send(bytes)
  reply.code(206).header('content-range', `bytes ${wanted.first}-${wanted.last}/${bytes.length}`)
  return reply.send(bytes.subarray(wanted.first, wanted.last + 1))
}

export function answerListing(reply: FastifyReply, bucket: string, listing: Listing): FastifyReply {
  const contents = listing.objects.map(([key, version]) => {
    const at = element('LastModified', new Date(version.storedAtMs).toISOString())
    const size = element('Size', String(version.bytes.length))
    return `<Contents>${element('Key', key)}${at}${element('ETag', version.etag)}${size}</Contents>`
  })
  const body = [
    element('Name', bucket),
    element('Prefix', listing.prefix),
    element('KeyCount', String(listing.objects.length + listing.commonPrefixes.length)),
    element('MaxKeys', String(listing.maxKeys)),
    element('IsTruncated', String(listing.next !== null)),
    ...(listing.next === null ? [] : [element('NextContinuationToken', listing.next)]),
    ...contents,
    ...listing.commonPrefixes.map((prefix) => `<CommonPrefixes>${element('Prefix', prefix)}</CommonPrefixes>`),
  ]
  const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'
  return reply
    .type('application/xml')
    .send(`${XML}<ListBucketResult xmlns="${namespace}">${body.join('')}</ListBucketResult>`)
}

function element(name: string, text: string): string {
  // No other sign has a meaning between two tags.
  const safe = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<${name}>${safe}</${name}>`
}
