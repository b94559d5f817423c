import { describe, expect, it } from 'vitest'
import { supabaseFault } from './supabase-fault.ts'

function answer(status: number, body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { kind: 'answer', status, headers: {}, body: Buffer.from(text), tookMs: 1, retryAfterMs: null } as const
}
const own = (statusCode: string | number, error: string, message: string) => ({ statusCode, error, message })

describe('an answer of Supabase Storage', () => {
  it.each<[string, number, unknown, string]>([
    ['400 with 404 in the body', 400, own('404', 'not_found', 'Object not found'), 'missing'],
    ['a real 404 in its own words', 404, own(404, 'NoSuchKey', 'Object not found'), 'missing'],
    ['a bucket that is not there', 400, own('404', 'Bucket not found', 'Bucket not found'), 'unavailable'],
    ['an address that leads nowhere', 404, own(404, 'Not Found', 'Route GET:/x not found'), 'unavailable'],
    ['a 404 of a gateway', 404, { message: 'no Route matched with those values' }, 'unavailable'],
    ['a 404 page', 404, '<html>not found</html>', 'unavailable'],
    ['a refused row', 400, own('403', 'Unauthorized', 'new row violates row-level security policy'), 'forbidden'],
    ['a broken key', 400, own('403', 'Unauthorized', 'signature verification failed'), 'forbidden'],
    ['a key that the gateway refuses', 401, { message: 'Invalid API key' }, 'forbidden'],
    ['too large', 400, own('413', 'Payload too large', 'exceeded the maximum allowed size'), 'malformed'],
    ['too large for a proxy', 413, '<html>', 'malformed'],
    ['a refused type', 400, own('415', 'invalid_mime_type', 'mime type text/html is not supported'), 'malformed'],
    ['a refused name', 400, own('400', 'InvalidKey', 'Invalid key'), 'malformed'],
    ['slow down', 503, '<Error><Code>SlowDown</Code></Error>', 'unavailable'],
    ['slow down in its own words', 400, own('503', 'SlowDown', 'please reduce your request rate'), 'unavailable'],
    ['too many requests', 429, own('429', 'too_many_requests', 'wait'), 'unavailable'],
    ['an error of its own', 500, own('500', 'Internal', 'Internal Server Error'), 'unavailable'],
    ['a bad gateway', 502, '', 'unavailable'],
    ['a 400 of something else', 400, 'bad request', 'unavailable'],
    ['a redirect', 307, '', 'unavailable'],
    ['a list', 400, [], 'unavailable'],
    ['no sensible status', 400, own('soon', 'x', 'y'), 'unavailable'],
  ])('%s', (_name, status, body, kind) => {
    expect(supabaseFault(answer(status, body))?.kind).toBe(kind)
  })

  it('that is a success is no fault', () => {
    expect(supabaseFault(answer(200, {}))).toBeNull()
    expect(supabaseFault(answer(206, 'x'))).toBeNull()
  })

  it('that never came is unavailable', () => {
    const fault = supabaseFault({ kind: 'fault', code: 'TIMEOUT', message: 'no answer', sent: true, tookMs: 30_000 })
    expect(fault).toEqual({ kind: 'unavailable', reason: 'no answer: no answer (TIMEOUT)' })
  })

  it('that is larger than we take is malformed: asking again does not help', () => {
    const fault = supabaseFault({ kind: 'fault', code: 'ANSWER_TOO_LARGE', message: 'too much', sent: true, tookMs: 1 })
    expect(fault?.kind).toBe('malformed')
  })
})
