import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { fieldOf, setUpLlamaParse } from './fixtures/llamaparse-bundle.ts'
import { makePdf, onePage } from './fixtures/pdf-bytes.ts'

test('the callback is a thin event with its headers, those that were asked for, and a signature over the raw body', async () => {
  const { submitV2, receiver } = await setUpLlamaParse()
  const { body } = await submitV2(onePage('Text'), {
    webhook_headers: { 'x-tenant': 'seven' },
    webhook_signing_secret: 'test-key',
  })
  const id = fieldOf(body, 'id')
  expect(body).toMatchObject({ id: expect.any(String), status: 'PENDING', error_message: null })
  const [callback] = await receiver.count(1)
  const event = JSON.parse(callback?.body ?? '')
  expect(event).toEqual({
    event_id: expect.any(String),
    event_type: 'parse.success',
    timestamp: expect.any(Number),
    data: { id, job_id: id, project_id: expect.any(String), status: 'COMPLETED' },
  })
  const signature = createHmac('sha256', 'test-key')
    .update(callback?.body ?? '')
    .digest('hex')
  expect(callback?.headers).toMatchObject({
    'x-webhook-event-id': fieldOf(event, 'event_id'),
    'x-webhook-event-type': 'parse.success',
    'x-tenant': 'seven',
    'lc-signature': `sha256=${signature}`,
  })
})

test('without a secret nothing is signed, and without a format the body is a string that holds the JSON', async () => {
  const { submitV2, receiver } = await setUpLlamaParse()
  await submitV2(onePage('Text'), { webhook_output_format: null })
  const [callback] = await receiver.count(1)
  expect(callback?.headers['lc-signature']).toBeUndefined()
  const outer: unknown = JSON.parse(callback?.body ?? '')
  expect(outer).toBeTypeOf('string')
  expect(JSON.parse(String(outer))).toMatchObject({ event_type: 'parse.success' })
})

test('the job is read bare, and with what is expanded', async () => {
  const { submitV2, call, finished } = await setUpLlamaParse()
  await submitV2(onePage('Text'))
  const id = await finished()
  const bare = await call(`/api/v2/parse/${id}`)
  expect(bare.body).toEqual({ job: expect.objectContaining({ id, status: 'COMPLETED', error_message: null }) })
  for (const query of ['expand=markdown,text', 'expand=markdown&expand=text']) {
    expect((await call(`/api/v2/parse/${id}?${query}`)).body).toMatchObject({
      job: { id },
      markdown: { pages: [{ page_number: 1, markdown: 'Text', success: true }] },
      text: { pages: [{ page_number: 1, text: 'Text' }] },
    })
  }
  const full = await call(`/api/v2/parse/${id}?expand=markdown_full,text_full,items,result_content_metadata`)
  expect(full.body).toMatchObject({
    markdown_full: 'Text',
    text_full: 'Text',
    items: { pages: [{ page_number: 1 }] },
    result_content_metadata: { markdown: { exists: true, size_bytes: 4 } },
  })
})

test('a broken document ends in FAILED with its reason, and in parse.error', async () => {
  const { submitV2, call, finished, receiver } = await setUpLlamaParse()
  await submitV2(onePage('Text').subarray(0, 300))
  const id = await finished()
  expect((await call(`/api/v2/parse/${id}?expand=markdown`)).body).toEqual({
    job: expect.objectContaining({ status: 'FAILED', error_message: expect.stringContaining('PDF_IS_BROKEN') }),
  })
  const [callback] = await receiver.count(1)
  expect(JSON.parse(callback?.body ?? '')).toMatchObject({
    event_type: 'parse.error',
    data: { job_id: id, status: 'FAILED', error_code: 'PDF_IS_BROKEN' },
  })
})

test('a target hears the events it asked for, and no others', async () => {
  const { submitV2, receiver, ledger } = await setUpLlamaParse()
  await submitV2(onePage('one'), { webhook_events: ['parse.running', 'parse.success'] })
  const events = (await receiver.count(2)).map(({ headers }) => headers['x-webhook-event-type'])
  expect(events.toSorted()).toEqual(['parse.running', 'parse.success'])
  await submitV2(makePdf([[]], { encrypted: true }), { webhook_events: ['parse.success'] })
  await ledger.waitFor('job-finished', ({ outcome }) => outcome === 'failed')
  expect(receiver.received).toHaveLength(2)
})

test('a configuration that the real API would refuse is refused, and nothing is taken', async () => {
  const { call, submitV2, ledger } = await setUpLlamaParse()
  expect(await submitV2(onePage('x'), { webhook_url: 'https://example.com/' })).toMatchObject({ status: 422 })
  for (const configuration of [undefined, 'not json', '{}', '{"tier":"best","version":"latest"}']) {
    const body = new FormData()
    if (configuration !== undefined) body.set('configuration', configuration)
    body.set('file', new Blob([onePage('x')]), 'x.pdf')
    expect(await call('/api/v2/parse/upload', { method: 'POST', body })).toMatchObject({ status: 422 })
  }
  expect(ledger.summary().jobs).toBe(0)
})

test('an unknown job is 404', async () => {
  const { call } = await setUpLlamaParse()
  expect(await call('/api/v2/parse/nobody')).toMatchObject({ status: 404 })
})
