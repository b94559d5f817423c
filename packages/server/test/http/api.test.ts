import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { problemSchema } from '@becket/client/contract'
import { describe, expect, it } from 'vitest'
import { as, setup } from './setup.ts'

const spec = { source: 'orders', operation: 'place', key: 'k' }

describe('the API', () => {
  it('writes an expectation down once: 201, then 200 for the same again, 409 for the same key with others', async () => {
    const { app, doings } = await setup()
    const register = (payload: object) =>
      app.inject({ method: 'POST', url: '/v1/expectations', headers: as('app'), payload })
    expect((await register({ ...spec, expectWithin: '5m', deadline: 1_000 })).statusCode).toBe(201)
    expect((await register(spec)).statusCode).toBe(200)
    const conflict = await register({ ...spec, operation: 'other' })
    expect(conflict.statusCode).toBe(409)
    expect(conflict.json()).toMatchObject({ code: 'KEY_REUSED', retryable: false })
    expect(doings[0]).toEqual(['register', { ...spec, expectWithin: 300_000, deadline: 1_000 }, 'key_app'])
  })

  it('lists without outcomes, and asks services with parsed filters', async () => {
    const { app, expectations, services } = await setup()
    await app.inject({ method: 'POST', url: '/v1/expectations', headers: as('app'), payload: spec })
    const asked: unknown[] = []
    services.expectations.list = async (query) => {
      asked.push(query)
      return { items: [...expectations.values()], nextCursor: 'next' }
    }
    const url = '/v1/expectations?state=waiting,registered&state=failed&overdue=true&limit=5'
    const answer = await app.inject({ url, headers: as('viewer') })
    expect(asked).toEqual([{ state: ['waiting', 'registered', 'failed'], overdue: true, limit: 5 }])
    expect(answer.json().nextCursor).toBe('next')
    expect(answer.json().items[0]).not.toHaveProperty('evidence')
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('does not show a callback address, which holds a token, to who may only look', async () => {
    const { app } = await setup()
    await app.inject({ method: 'POST', url: '/v1/expectations', headers: as('app'), payload: spec })
    for (const url of ['/v1/expectations', '/v1/expectations/exp_1']) {
      expect((await app.inject({ url, headers: as('viewer') })).body).not.toContain('/t/token')
      expect((await app.inject({ url, headers: as('operator') })).body).toContain('/t/token')
    }
  })

  it('acts by hand in the name of the key', async () => {
    const { app, doings } = await setup()
    await app.inject({ method: 'POST', url: '/v1/expectations', headers: as('app'), payload: spec })
    const act = (verb: string, payload?: object) =>
      app.inject({
        method: 'POST',
        url: `/v1/expectations/exp_1/${verb}`,
        headers: as('operator'),
        ...(payload && { payload }),
      })
    expect((await act('check')).statusCode).toBe(200)
    expect((await act('extend', { by: '1h', reason: 'slow' })).statusCode).toBe(200)
    expect((await act('settle', { verdict: 'succeeded', output: { a: 1 }, reason: 'seen it' })).json().state).toBe(
      'succeeded',
    )
    expect((await act('cancel', { reason: 'enough' })).statusCode).toBe(200)
    expect(doings.slice(1).map((doing) => [doing[0], doing.at(-1)])).toEqual([
      ['check', 'key_operator'],
      ['extend', 'key_operator'],
      ['settle', 'key_operator'],
      ['cancel', 'key_operator'],
    ])
  })

  it('names each field that is not valid, and the one that was meant', async () => {
    const { app } = await setup()
    const payload = { source: '', operation: 'place', key: 'k', expectWithn: '5m', deadline: 'soon' }
    const answer = await app.inject({ method: 'POST', url: '/v1/expectations', headers: as('app'), payload })
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    const problem = problemSchema.parse(answer.json())
    expect(problem.code).toBe('REQUEST_INVALID')
    expect(problem.requestId).toBe(answer.headers['x-request-id'])
    expect(problem.errors?.map(({ field }) => field).sort()).toEqual(['body', 'body.deadline', 'body.source'])
    expect(problem.detail).toContain('did you mean "expectWithin"?')
  })

  it.each([
    ['broken JSON', '{"source": ', 'application/json', 400],
    ['JSON that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'application/json', 400],
    ['another content type', 'a=b', 'application/x-www-form-urlencoded', 400],
    ['a content type that is none', '{}', ';;;', 400],
    ['no body', undefined, 'application/json', 400],
    ['a list', '[]', 'application/json', 400],
    ['too much', `"${'x'.repeat(40_000)}"`, 'application/json', 413],
  ])('answers %s with a problem, never a 500', async (_what, payload, type, status) => {
    const { app } = await setup()
    const headers = { ...as('app'), 'content-type': type }
    const answer = await app.inject({ method: 'POST', url: '/v1/expectations', headers, ...(payload && { payload }) })
    expect(answer.statusCode).toBe(status)
    expect(problemSchema.safeParse(answer.json()).success).toBe(true)
  })

  it.each([
    ['/v1/expectations/exp_none', 404, 'NOT_FOUND'],
    ['/v1/expectations/%00', 400, 'REQUEST_INVALID'],
    ['/v1/expectations/%zz', 400, 'REQUEST_INVALID'],
    ['/v1/expectations?limit=1000', 400, 'REQUEST_INVALID'],
    ['/v1/expectations/exp_1?wait=2h', 400, 'REQUEST_INVALID'],
    ['/v1/jobs?state=runnig', 400, 'REQUEST_INVALID'],
  ])('answers %s with %i %s', async (url, status, code) => {
    const { app } = await setup()
    const answer = await app.inject({ url, headers: as('viewer') })
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
  })

  it('suggests the address that was meant, and the method', async () => {
    const { app } = await setup()
    const wrong = await app.inject({ url: '/v1/expectation/exp_1' })
    expect([wrong.statusCode, wrong.json().detail]).toEqual([
      404,
      'Nothing answers /v1/expectation/exp_1; did you mean /v1/expectations/exp_1?',
    ])
    expect((await app.inject({ url: '/jobs' })).json().detail).toContain('did you mean /v1/jobs?')
    const method = await app.inject({ method: 'PATCH', url: '/v1/jobs/job_1' })
    expect([method.statusCode, method.headers.allow]).toEqual([405, 'GET, HEAD'])
    expect((await app.inject({ url: `/${'x'.repeat(5_000)}` })).json().detail.length).toBeLessThan(300)
  })

  it('hides what went wrong inside, and logs it', async () => {
    const { app } = await setup()
    const answer = await app.inject({ url: '/v1/health', headers: as('admin') })
    expect(answer.statusCode).toBe(500)
    expect(answer.json().code).toBe('INTERNAL')
    expect(answer.body).not.toMatch(/ECONNREFUSED|hunter2|at .*\.ts/)
  })

  it('gives a user-facing problem the text of the first users, a support id, and a time to come back', async () => {
    const { app } = await setup()
    const headers = { ...as('app'), 'x-request-id': 'my-own-request-1' }
    const answer = await app.inject({ method: 'POST', url: '/v1/documents/doc_1/finalize', headers })
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({
      title: 'Document file is not accessible for processing. Please try uploading again.',
      supportId: 'my-own-request-1',
      retryable: true,
      retryAfter: 5,
    })
    expect(answer.headers['retry-after']).toBe('5')
  })

  it('does not take a request id that could forge a log line', async () => {
    const { app } = await setup()
    const answer = await app.inject({ url: '/livez', headers: { 'x-request-id': 'a b\tc","level":60' } })
    expect(answer.headers['x-request-id']).toMatch(/^req_[0-9a-f]{32}$/)
  })

  it('counts requests by pattern, so that no address with a token is kept', async () => {
    const { app, observed } = await setup()
    await app.inject({ method: 'POST', url: '/in/orders/t/very-secret' })
    await app.inject({ url: '/nowhere/very-secret' })
    expect(observed).toEqual([
      { method: 'POST', route: '/in/:source/t/:token', status: 200 },
      { method: 'GET', route: 'none', status: 404 },
    ])
  })

  it('says 503 for what this instance does not do', async () => {
    const { app } = await setup({ servesApi: false, intake: null })
    for (const url of ['/v1/jobs', '/in/orders']) {
      const answer = await app.inject({ url, headers: as('admin') })
      expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([503, 'UNAVAILABLE', '5'])
    }
    expect((await app.inject({ url: '/livez' })).statusCode).toBe(200)
  })
})

describe('content of a document', () => {
  const bytes = Buffer.from([0x25, 0x50, 0x00, 0xff, 0x0d, 0x0a])

  it('comes by a signed address without a key, byte for byte, whatever its content type', async () => {
    const { app, uploaded } = await setup()
    for (const type of ['application/pdf', 'application/json', ';;rubbish', undefined]) {
      const answer = await app.inject({
        method: 'PUT',
        url: '/v1/documents/doc_1/content?expires=1&signature=good-doc_1',
        headers: type === undefined ? {} : { 'content-type': type },
        payload: bytes,
      })
      expect(answer.statusCode).toBe(200)
    }
    expect(uploaded).toEqual([bytes, bytes, bytes, bytes])
  })

  it('is refused with a signature that is not good, cut short, or of another document', async () => {
    const { app, uploaded } = await setup()
    for (const query of [
      'expires=1&signature=bad',
      'signature=good-doc_1',
      'expires=1',
      'expires=1&signature=good-doc_2',
    ]) {
      const answer = await app.inject({ method: 'PUT', url: `/v1/documents/doc_1/content?${query}`, payload: bytes })
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'UPLOAD_URL_INVALID'])
    }
    expect(uploaded).toEqual([])
  })

  it('comes by a key too, and may be larger than other bodies, within its own limit', async () => {
    const { app, uploaded } = await setup()
    const put = (size: number) =>
      app.inject({ method: 'PUT', url: '/v1/documents/doc_1/content', headers: as('app'), payload: Buffer.alloc(size) })
    expect((await put(200_000)).statusCode).toBe(200)
    const large = await put(300_000)
    expect([large.statusCode, large.json().code]).toEqual([413, 'DOCUMENT_TOO_LARGE'])
    expect((await put(0)).statusCode).toBe(200)
    expect(uploaded.map(({ length }) => length)).toEqual([200_000, 0])
  })
})

describe('what needs no key', () => {
  it('is the probes, the metrics and the OpenAPI document', async () => {
    const { app } = await setup()
    expect((await app.inject({ url: '/livez' })).json()).toEqual({ status: 'alive', stuck: [] })
    const ready = await app.inject({ url: '/readyz' })
    expect([ready.statusCode, ready.json()]).toEqual([
      503,
      { status: 'not-ready', missing: ['the database'], steps: [] },
    ])
    expect((await app.inject({ url: '/metrics' })).body).toBe('becket_up 1\n')
    expect((await app.inject({ url: '/openapi.json' })).json().openapi).toMatch(/^3\.1/)
  })

  it('is the dashboard: its files, and its page for whatever a browser opens', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'becket-dashboard-'))
    writeFileSync(join(directory, 'index.html'), '<title>Becket</title>')
    writeFileSync(join(directory, 'app.js'), 'export {}')
    const { app } = await setup({ dashboardDirectory: directory })
    const page = await app.inject({ url: '/', headers: { accept: 'text/html' } })
    expect(page.body).toContain('<title>Becket</title>')
    expect(page.headers['content-security-policy']).toContain("default-src 'self'")
    expect((await app.inject({ url: '/app.js' })).body).toBe('export {}')
    const deep = await app.inject({ url: '/jobs/job_1', headers: { accept: 'text/html,*/*' } })
    expect([deep.statusCode, deep.body]).toEqual([200, '<title>Becket</title>'])
    expect((await app.inject({ url: '/jobs/job_1' })).statusCode).toBe(404)
    expect((await app.inject({ url: '/v1/nothing', headers: { accept: 'text/html' } })).statusCode).toBe(404)
    expect((await app.inject({ url: '/..%2f..%2fetc%2fpasswd' })).statusCode).not.toBe(200)
  })
})

describe('a callback body', () => {
  it('is given out so that no browser shows or runs it', async () => {
    const { app } = await setup()
    const answer = await app.inject({ url: '/v1/callbacks/cb_1/body', headers: as('viewer') })
    expect(answer.rawPayload).toEqual(Buffer.from([0, 255, 60]))
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'x-content-type-options': 'nosniff',
      'content-disposition': 'attachment; filename="cb_1.bin"',
    })
  })
})
