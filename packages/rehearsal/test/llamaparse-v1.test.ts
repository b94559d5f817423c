import { expect, test } from 'vitest'
import { fieldOf, setUpLlamaParse } from './fixtures/llamaparse-bundle.ts'
import { makePdf, onePage } from './fixtures/pdf-bytes.ts'

test('a submit is answered with an id and PENDING, and the callback carries the text without any job id', async () => {
  const { submitV1, receiver } = await setUpLlamaParse()
  const { status, body, headers } = await submitV1(onePage('The harbour is quiet.'))
  expect(status).toBe(200)
  expect(body).toEqual({ id: expect.any(String), status: 'PENDING' })
  expect(headers.get('x-becket-stand-in')).toBe('true')
  const [callback] = await receiver.count(1)
  expect(callback?.headers['user-agent']).toBe('llamaindex-webhook-service/1.0')
  expect(callback?.headers['content-type']).toBe('application/json')
  expect(JSON.parse(callback?.body ?? '')).toEqual({
    txt: 'The harbour is quiet.',
    md: 'The harbour is quiet.',
    json: [{ page: 1, text: 'The harbour is quiet.', md: 'The harbour is quiet.', images: [], items: [] }],
    images: [],
  })
})

test('status and results are read under the present and the older paths', async () => {
  const { submitV1, call, finished } = await setUpLlamaParse()
  await submitV1(onePage('Text'))
  const id = await finished()
  for (const base of ['/api/v1/parsing/job', '/api/parsing/job']) {
    expect((await call(`${base}/${id}`)).body).toEqual({ id, status: 'SUCCESS' })
    expect((await call(`${base}/${id}/result/markdown`)).body).toEqual({
      markdown: 'Text',
      job_metadata: { job_pages: 1 },
    })
    expect(fieldOf((await call(`${base}/${id}/result/text`)).body, 'text')).toBe('Text')
    expect(fieldOf((await call(`${base}/${id}/result/json`)).body, 'pages')).toMatchObject([{ page: 1, md: 'Text' }])
  }
})

test('the older upload path takes documents too', async () => {
  const { call, receiver } = await setUpLlamaParse()
  const body = new FormData()
  body.set('webhook_url', receiver.url())
  body.set('file', new Blob([onePage('Old path')]), 'old.pdf')
  expect((await call('/api/parsing/upload', { method: 'POST', body })).status).toBe(200)
  expect((await receiver.count(1))[0]?.body).toContain('Old path')
})

test('a job that is still being worked on is PENDING and has no result', async () => {
  const { submitV1, call } = await setUpLlamaParse({ processing: 60_000 })
  const { body } = await submitV1()
  const id = String(fieldOf(body, 'id'))
  expect((await call(`/api/v1/parsing/job/${id}`)).body).toEqual({ id, status: 'PENDING' })
  expect(await call(`/api/v1/parsing/job/${id}/result/markdown`)).toMatchObject({ status: 400 })
})

test('an encrypted document ends in ERROR and says why, to a check and to the callback', async () => {
  const { submitV1, call, finished, receiver } = await setUpLlamaParse()
  await submitV1(makePdf([[{ text: 'secret', x: 72, y: 700, size: 12 }]], { encrypted: true }))
  const id = await finished()
  const error = { status: 'ERROR', error_code: 'PDF_IS_ENCRYPTED', error_message: expect.stringContaining('password') }
  expect((await call(`/api/v1/parsing/job/${id}`)).body).toEqual({ id, ...error })
  expect(JSON.parse((await receiver.count(1))[0]?.body ?? '')).toEqual(error)
  expect(await call(`/api/v1/parsing/job/${id}/result/markdown`)).toMatchObject({ status: 400 })
})

test('a document without text succeeds with nothing', async () => {
  const { submitV1, receiver } = await setUpLlamaParse()
  await submitV1(makePdf([[], []]))
  expect(JSON.parse((await receiver.count(1))[0]?.body ?? '')).toMatchObject({ md: '', txt: '' })
})

test('an unknown job is 404, a wrong key 401, and a submit without a file 422', async () => {
  const { call, submitV1 } = await setUpLlamaParse()
  expect(await call('/api/v1/parsing/job/nobody')).toMatchObject({ status: 404, body: { detail: 'Job not found' } })
  expect(await call('/api/v1/parsing/job/x', { headers: { authorization: 'Bearer other' } })).toMatchObject({
    status: 401,
  })
  const body = new FormData()
  body.set('webhook_url', 'http://127.0.0.1/')
  expect(await call('/api/v1/parsing/upload', { method: 'POST', body })).toMatchObject({ status: 422 })
  expect(await call('/api/v1/parsing/upload', { method: 'POST', body: '{}' })).toMatchObject({ status: 422 })
  expect(await submitV1(onePage('x'), {})).toMatchObject({ status: 200 })
})

test('a callback address off this machine, or of 200 characters, is refused before the work is taken', async () => {
  const { submitV1, ledger } = await setUpLlamaParse()
  for (const webhook_url of [
    'https://example.com/in',
    `http://127.0.0.1/${'x'.repeat(200)}`,
    'ftp://127.0.0.1/',
    'no',
  ]) {
    expect(await submitV1(onePage('x'), { webhook_url })).toMatchObject({ status: 400 })
  }
  expect(ledger.summary().jobs).toBe(0)
})

test('a file over the limit is 413, one under it is taken', async () => {
  const { submitV1 } = await setUpLlamaParse({ maxBodyBytes: 4096 })
  expect(await submitV1(Buffer.alloc(5000))).toMatchObject({ status: 413 })
  expect(await submitV1(Buffer.alloc(1000))).toMatchObject({ status: 200 })
})

test('a callback that is refused is sent again, three times in all, and then dropped', async () => {
  const { submitV1, receiver, ledger } = await setUpLlamaParse()
  receiver.answerWith(500)
  await submitV1()
  await ledger.waitFor('callback-dropped', ({ why }) => why === 'refused')
  expect(receiver.received).toHaveLength(3)
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1)
  expect(ledger.entries('callback').map((entry) => [entry.try, entry.status])).toEqual([
    [1, 500],
    [2, 500],
    [3, 500],
  ])
})

test('a callback that is taken at the second try is not sent a third time', async () => {
  const { submitV1, receiver, ledger } = await setUpLlamaParse()
  receiver.answerWith(503, 200)
  await submitV1()
  await ledger.waitFor('callback', ({ status }) => status === 200)
  expect(receiver.received).toHaveLength(2)
  expect(ledger.entries('callback-dropped')).toEqual([])
})

test('a receiver that does not exist is written down as such, without its address', async () => {
  const { submitV1, ledger } = await setUpLlamaParse()
  await submitV1(onePage('x'), { webhook_url: 'http://127.0.0.1:1/t/test-token' })
  const entry = await ledger.waitFor('callback')
  expect(entry).toMatchObject({ status: null, fault: expect.any(String) })
  expect(JSON.stringify(ledger.entries())).not.toContain('test-token')
})
