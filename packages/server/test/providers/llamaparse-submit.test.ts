/** Uploads to LlamaParse over real HTTP, and what their answers mean. */
import { describe, expect, test } from 'vitest'
import { llamaParse } from '../../src/providers/llamaparse/llamaparse.ts'
import type { SubmitRequest } from '../../src/providers/provider.ts'
import { createBench, parseRequest, pdf, signal } from './bench.ts'

const bench = createBench()

describe('the upload', () => {
  async function uploadTo(path: string, options: Record<string, unknown>, more: Partial<SubmitRequest> = {}) {
    const seen: { form: FormData; authorization: string | undefined; query: unknown }[] = []
    const { baseUrl } = await bench.fake((app) => {
      app.post<{ Body: Buffer }>(path, async ({ headers, body, query }) => {
        const form = await new Response(body, { headers: { 'content-type': headers['content-type'] ?? '' } }).formData()
        seen.push({ form, authorization: headers.authorization, query })
        return { id: 'j1', status: 'PENDING' }
      })
    })
    const answer = await bench.source(llamaParse, { baseUrl, options }).submit?.({ ...parseRequest, ...more }, signal)
    expect(answer).toEqual({ kind: 'accepted', externalId: 'j1' })
    const [upload] = seen
    if (upload === undefined) throw new Error('nothing was uploaded')
    const file = upload.form.get('file')
    if (!(file instanceof File)) throw new Error('no file was uploaded')
    return { ...upload, file }
  }

  test('of v1 sends the bytes as they are, and the address to call back', async () => {
    const { form, file, authorization } = await uploadTo('/api/v1/parsing/upload', { api: 'v1' })
    expect(Buffer.from(await file.arrayBuffer()).equals(pdf)).toBe(true)
    expect([file.type, authorization]).toEqual(['application/pdf', 'Bearer test-key'])
    expect(form.get('webhook_url')).toBe(parseRequest.callbackUrl)
  })

  test('of v2 sends its configuration: tier, version, and a signed callback that is JSON', async () => {
    const options = { tier: 'agentic', version: '2026-01-08', webhookSecret: 'test-secret', projectId: 'p 1' }
    const { form, file, query } = await uploadTo('/api/v2/parse/upload', options)
    expect(Buffer.from(await file.arrayBuffer()).equals(pdf)).toBe(true)
    expect(query).toEqual({ project_id: 'p 1' })
    expect(JSON.parse(String(form.get('configuration')))).toEqual({
      tier: 'agentic',
      version: '2026-01-08',
      webhook_configurations: [
        {
          webhook_url: parseRequest.callbackUrl,
          webhook_events: ['parse.success', 'parse.partial_success', 'parse.error', 'parse.cancelled'],
          webhook_output_format: 'json',
          webhook_signing_secret: 'test-secret',
        },
      ],
    })
  })

  test('without an address to call back asks for no callback', async () => {
    const none: Partial<SubmitRequest> = {}
    const { form } = await uploadTo('/api/v2/parse/upload', {}, { ...none, callbackUrl: undefined })
    expect(JSON.parse(String(form.get('configuration')))).toEqual({ tier: 'cost_effective', version: 'latest' })
  })

  test('needs a file and the right operation, and calls nobody without', async () => {
    const source = bench.source(llamaParse, { baseUrl: 'http://127.0.0.1:9' })
    const { file: _, ...noFile } = parseRequest
    expect(await source.submit?.(noFile, signal)).toMatchObject({ kind: 'refused', error: { code: 'FILE_MISSING' } })
    expect(await source.submit?.({ ...parseRequest, operation: 'embed' }, signal)).toMatchObject({
      kind: 'refused',
      error: { code: 'OPERATION_UNKNOWN', retryable: false },
    })
  })
})

describe('the answer to an upload', () => {
  async function answerOf(status: number, body: unknown, headers: Record<string, string> = {}) {
    const { baseUrl } = await bench.fake((app) => {
      app.post('/api/v2/parse/upload', (_, reply) => reply.code(status).headers(headers).send(body))
    })
    return bench.source(llamaParse, { baseUrl }).submit?.(parseRequest, signal)
  }

  test.each<[string, unknown, object]>([
    ['an id', { id: 'j1', status: 'PENDING' }, { kind: 'accepted', externalId: 'j1' }],
    ['an id below `job`', { job: { id: 'j1', status: 'RUNNING' } }, { kind: 'accepted', externalId: 'j1' }],
    ['an id and a word that nobody knows', { id: 'j1', status: 'WUNDERBAR' }, { kind: 'accepted', externalId: 'j1' }],
    ['an id alone', { id: 'j1' }, { kind: 'accepted', externalId: 'j1' }],
    [
      'the result at once',
      { id: 'j1', status: 'SUCCESS', md: '# x' },
      { kind: 'answered', externalId: 'j1', outcome: { verdict: 'succeeded', output: { markdown: '# x' } } },
    ],
    [
      'the end without the text',
      { id: 'j1', status: 'SUCCESS' },
      { kind: 'answered', externalId: 'j1', outcome: { verdict: 'succeeded', output: { ref: 'j1' } } },
    ],
    [
      'a failure at once',
      { id: 'j1', status: 'ERROR', error_code: 'PDF_IS_BROKEN' },
      { kind: 'answered', outcome: { verdict: 'failed', error: { code: 'PDF_IS_BROKEN' } } },
    ],
    ['a null id', { id: null, status: 'PENDING' }, { kind: 'unclear', error: { code: 'ID_MISSING' } }],
    ['the end without id and text', { status: 'SUCCESS' }, { kind: 'unclear', error: { code: 'ID_MISSING' } }],
    ['no JSON', 'fine', { kind: 'unclear', error: { code: 'ANSWER_UNREADABLE' } }],
  ])('%s', async (_, body, answer) => {
    expect(await answerOf(200, body)).toMatchObject(answer)
  })

  test.each<[number, Record<string, string>, object]>([
    [400, {}, { kind: 'refused', error: { code: 'HTTP_400', message: 'because', retryable: false } }],
    [401, {}, { kind: 'refused', error: { message: expect.stringMatching(/because.*region/), retryable: false } }],
    [404, {}, { kind: 'refused', error: { retryable: false } }],
    [422, {}, { kind: 'refused', error: { retryable: false } }],
    [429, { 'retry-after': '7' }, { kind: 'refused', error: { retryable: true }, retryAfterMs: 7000 }],
    [429, {}, { kind: 'refused', error: { retryable: true }, retryAfterMs: 5000 }],
    [503, { 'retry-after': '7' }, { kind: 'refused', error: { retryable: true }, retryAfterMs: 7000 }],
    [503, {}, { kind: 'unclear' }],
    [500, {}, { kind: 'unclear', error: { message: 'because' } }],
    [504, {}, { kind: 'unclear' }],
    [302, { location: '/elsewhere' }, { kind: 'refused', error: { message: expect.stringContaining('baseUrl') } }],
  ])('%d %j', async (status, headers, answer) => {
    expect(await answerOf(status, { detail: 'because' }, headers)).toMatchObject(answer)
  })

  test('that never arrives: nobody knows whether the document did', async () => {
    const { baseUrl } = await bench.fake((app) => {
      app.post('/api/v2/parse/upload', ({ raw }, reply) => {
        reply.hijack()
        raw.socket.destroy()
      })
    })
    expect(await bench.source(llamaParse, { baseUrl }).submit?.(parseRequest, signal)).toMatchObject({
      kind: 'unclear',
      error: { code: 'CONNECTION_LOST', retryable: true },
    })
  })

  test('of nobody: the document surely did not', async () => {
    const { app, baseUrl } = await bench.fake(() => undefined)
    await app.close()
    expect(await bench.source(llamaParse, { baseUrl }).submit?.(parseRequest, signal)).toMatchObject({
      kind: 'refused',
      error: { code: 'CONNECTION_REFUSED', retryable: true },
    })
  })
})
