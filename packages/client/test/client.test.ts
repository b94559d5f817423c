import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { BecketError, createBecket, type Document } from '../src/index.ts'
import { problem, setup } from './scripted-server.ts'

const document: Document = {
  id: 'doc_1',
  owner: 'default',
  filename: 'a.pdf',
  mime: 'application/pdf',
  bytes: 3,
  sha256: 'f'.repeat(64),
  state: 'registered',
  status: null,
  jobId: null,
  duplicateOf: null,
  upload: {
    url: 'http://elsewhere.test/put?expires=1&signature=s',
    method: 'PUT',
    expiresAt: '2026-01-01T00:00:00.000Z',
    headers: { 'content-type': 'application/pdf' },
  },
  createdAt: '2026-01-01T00:00:00.000Z',
  finalizedAt: null,
}

describe('the client', () => {
  it('submits a document in three steps and never sends its key to the upload address', async () => {
    const { becket, seen } = setup(({ url }) => ({
      status: 200,
      body: url.pathname.endsWith('/finalize') ? { ...document, state: 'finalized', upload: null } : document,
    }))
    const bytes = new Uint8Array([0, 255, 13])
    expect((await becket.documents.submit(bytes, { filename: 'a.pdf' })).state).toBe('finalized')
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    expect(seen[0]?.body).toEqual({ filename: 'a.pdf', bytes: 3, sha256 })
    expect(seen[1]?.url.href).toBe('http://elsewhere.test/put?expires=1&signature=s')
    expect(seen[1]?.body).toEqual(bytes)
    expect(seen[1]?.headers.get('authorization')).toBeNull()
    expect(seen[1]?.headers.get('content-type')).toBe('application/pdf')
    expect(seen[2]?.url.pathname).toBe('/base/v1/documents/doc_1/finalize')
    expect(seen[2]?.url.searchParams.get('wait')).toBe('10000')
  })

  it('does not upload what needs no content', async () => {
    const { becket, seen } = setup(() => ({ status: 200, body: { ...document, state: 'duplicate', upload: null } }))
    expect((await becket.documents.submit(new Blob(['abc']), { filename: 'a.pdf' })).state).toBe('duplicate')
    expect(seen).toHaveLength(1)
    await expect(becket.documents.upload({ ...document, upload: null }, new Blob([]))).rejects.toThrow(
      'takes no content',
    )
  })

  it('turns a problem document into an error that can be acted on', async () => {
    const errors = [{ field: 'query.limit', message: 'Too big' }]
    const { becket } = setup(() => ({ status: 400, body: problem(400, 'REQUEST_INVALID', { errors, supportId: 's' }) }))
    const error = await becket.jobs.list({ limit: 9_999 }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(BecketError)
    expect(error).toMatchObject({ code: 'REQUEST_INVALID', status: 400, requestId: 'req_1', supportId: 's', errors })
  })

  it('repeats reads when the server is busy, and gives up after five tries', async () => {
    const { becket, seen, rests } = setup(() => ({
      status: 429,
      body: problem(429, 'RATE_LIMITED', { retryAfter: 3 }),
    }))
    await expect(becket.callbacks.list()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 3_000 })
    expect([seen.length, rests]).toEqual([5, [3_000, 3_000, 3_000, 3_000]])
  })

  it('comes back for content that the storage does not show yet, as often as the server asks it to', async () => {
    const retry = { retryable: true, retryAfter: 1 }
    const { becket, rests } = setup((_, count) =>
      count < 3
        ? { status: 409, body: problem(409, 'DOCUMENT_NOT_UPLOADED', retry) }
        : { status: 200, body: { ...document, state: 'finalized', upload: null } },
    )
    expect((await becket.documents.finalize('doc_1')).state).toBe('finalized')
    expect(rests).toEqual([1_000, 1_000])
  })

  it('does not come back to a refusal that stays one', async () => {
    const { becket, seen } = setup(() => ({ status: 422, body: problem(422, 'DOCUMENT_HASH_MISMATCH') }))
    await expect(becket.documents.finalize('doc_1')).rejects.toMatchObject({ code: 'DOCUMENT_HASH_MISMATCH' })
    expect(seen).toHaveLength(1)
  })

  it('does not repeat what must not happen twice', async () => {
    const { becket, seen } = setup(() => ({ status: 503, body: problem(503, 'UNAVAILABLE') }))
    await expect(becket.keys.create({ name: 'app', role: 'app' })).rejects.toThrow(BecketError)
    await expect(becket.callbacks.replay('cb_1')).rejects.toThrow(BecketError)
    await expect(becket.expectations.extend('exp_1', { by: '1h', reason: 'slow day' })).rejects.toThrow(BecketError)
    expect(seen).toHaveLength(3)
  })

  it('says so when something else than Becket answers', async () => {
    const { becket } = setup(() => ({ status: 200, body: '<html>Welcome</html>' }))
    await expect(becket.health()).rejects.toMatchObject({ code: 'ANSWER_UNREADABLE', status: 200 })
  })

  it('joins filters with commas and escapes ids', async () => {
    const { becket, seen } = setup(() => ({ status: 200, body: { items: [], nextCursor: null } }))
    await becket.expectations.list({ state: ['waiting', 'unconfirmed'], overdue: true, cursor: 'a&b' })
    expect(seen[0]?.url.search).toBe('?state=waiting%2Cunconfirmed&overdue=true&cursor=a%26b')
    await becket.documents.get('../keys').catch(() => undefined)
    expect(seen[1]?.url.pathname).toBe('/base/v1/documents/..%2Fkeys')
  })

  it('refuses an address that is none', () => {
    expect(() => createBecket({ url: 'localhost:7400', apiKey: '' })).toThrow('not an http or https URL')
  })
})
