import { describe, expect, it } from 'vitest'
import { needsWords, s3Fault } from './s3-fault.ts'

function answer(status: number, body: string, headers: Record<string, string> = {}) {
  return { kind: 'answer', status, headers, body: Buffer.from(body), tookMs: 1, retryAfterMs: null } as const
}
const error = (code: string, message = '') =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><AWSAccessKeyId>test-key</AWSAccessKeyId></Error>`

describe('an answer of an S3 storage', () => {
  it.each<[string, number, string, string]>([
    ['no such key', 404, error('NoSuchKey'), 'missing'],
    ['not found, as an imitation says it', 404, error('NotFound'), 'missing'],
    ['a bucket that is not there', 404, error('NoSuchBucket'), 'unavailable'],
    ['a bucket that an imitation does not find', 404, error('BucketNotFound'), 'unavailable'],
    ['a 404 of something else in its words', 404, error('NoSuchUpload'), 'unavailable'],
    ['a 404 without words', 404, '', 'unavailable'],
    ['a 404 page', 404, '<html><Code>NoSuchKey</Code></html>', 'unavailable'],
    ['denied, as also what is missing without ListBucket', 403, error('AccessDenied'), 'forbidden'],
    ['an unknown key', 403, error('InvalidAccessKeyId'), 'forbidden'],
    ['a wrong signature', 403, error('SignatureDoesNotMatch'), 'forbidden'],
    ['a worn out token', 400, error('ExpiredToken'), 'forbidden'],
    ['denied without words', 403, '', 'forbidden'],
    ['our clock is off', 403, error('RequestTimeTooSkewed'), 'unavailable'],
    ['the wrong region', 400, error('AuthorizationHeaderMalformed'), 'unavailable'],
    ['another endpoint', 301, error('PermanentRedirect'), 'unavailable'],
    ['bytes lost on the way', 400, error('IncompleteBody'), 'unavailable'],
    ['bytes changed on the way', 400, error('XAmzContentSHA256Mismatch'), 'unavailable'],
    ['too large', 400, error('EntityTooLarge'), 'malformed'],
    ['too large for a proxy', 413, '<html>', 'malformed'],
    ['a refused request', 400, error('InvalidRequest'), 'malformed'],
    ['a 400 of something else', 400, 'bad request', 'unavailable'],
    ['slow down', 503, error('SlowDown'), 'unavailable'],
    ['slow down, said of HEAD', 503, '', 'unavailable'],
    ['too many requests', 429, '', 'unavailable'],
    ['a conflict', 409, error('OperationAborted'), 'unavailable'],
    ['an error of its own', 500, error('InternalError'), 'unavailable'],
    ['a code that every object has', 400, error('constructor'), 'malformed'],
  ])('%s', (_name, status, body, kind) => {
    expect(s3Fault(answer(status, body))?.kind).toBe(kind)
  })

  it('that is a success is no fault', () => {
    for (const status of [200, 204, 206]) expect(s3Fault(answer(status, ''))).toBeNull()
  })

  it('is told in the storage’s words, without the key that it repeats', () => {
    const fault = s3Fault(answer(403, error('SignatureDoesNotMatch', 'Check your key.')))
    expect(fault?.reason).toBe('the storage answered 403: SignatureDoesNotMatch, Check your key.')
  })

  it('that knows the right region says it', () => {
    const fault = s3Fault(answer(301, '', { 'x-amz-bucket-region': 'eu-west-1' }))
    expect(fault?.reason).toBe('the storage answered 301: the bucket lies in the region eu-west-1')
  })

  it('that never came is unavailable', () => {
    const fault = s3Fault({ kind: 'fault', code: 'TIMEOUT', message: 'no answer', sent: true, tookMs: 30_000 })
    expect(fault).toEqual({ kind: 'unavailable', reason: 'no answer: no answer (TIMEOUT)' })
  })

  it('that is larger than we take is malformed: asking again does not help', () => {
    const fault = s3Fault({ kind: 'fault', code: 'ANSWER_TOO_LARGE', message: 'too much', sent: true, tookMs: 1 })
    expect(fault?.kind).toBe('malformed')
  })

  it('to HEAD needs words only where they tell more than the status', () => {
    const needing = [200, 206, 301, 400, 403, 404, 429, 500, 503].filter((status) => needsWords(answer(status, '')))
    expect(needing).toEqual([301, 400, 403, 404])
  })
})
