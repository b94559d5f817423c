import { expect, onTestFinished, test } from 'vitest'
import { createStorage, type StorageOptions } from '../src/index.ts'

const BYTES = Buffer.from([0x25, 0x50, 0x44, 0x46, 0x00, 0xff, 0x0d, 0x0a])
const MISSING = { statusCode: '404', error: 'not_found', message: 'Object not found' }

async function setUp(options: Partial<StorageOptions> = {}) {
  const clock = { nowMs: 1_700_000_000_000 }
  const standIn = createStorage({ environment: 'test', seed: 1, now: () => clock.nowMs, ...options })
  onTestFinished(() => standIn.stop())
  const { baseUrl, apiKey, bucket } = await standIn.start()
  const call = async (method: string, route: string, init: RequestInit = {}) => {
    const answer = await fetch(`${baseUrl}/storage/v1/object/${route}`, {
      ...init,
      method,
      headers: { authorization: `Bearer ${apiKey}`, apikey: apiKey, ...init.headers },
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    const json = (): unknown => JSON.parse(bytes.toString('utf8'))
    return { status: answer.status, headers: answer.headers, bytes, json }
  }
  const put = (body: Buffer = BYTES, headers: Record<string, string> = { 'x-upsert': 'true' }, method = 'POST') =>
    call(method, `${bucket}/a/b.pdf`, { body, headers: { 'content-type': 'application/pdf', ...headers } })
  return { standIn, call, put, clock, ledger: standIn.ledger, baseUrl, apiKey }
}

test('what was put is read back byte for byte, by the plain and the authenticated route', async () => {
  const { call, put } = await setUp()
  const stored = await put()
  expect(stored.status).toBe(200)
  expect(stored.json()).toEqual({ Key: 'documents/a/b.pdf', Id: expect.any(String) })
  for (const route of ['documents/a/b.pdf', 'authenticated/documents/a/b.pdf']) {
    const read = await call('GET', route)
    expect(read.status).toBe(200)
    expect(read.bytes).toEqual(BYTES)
    expect(read.headers.get('content-type')).toBe('application/pdf')
    const head = await call('HEAD', route)
    expect(head.status).toBe(200)
    expect(head.headers.get('content-length')).toBe(String(BYTES.length))
  }
  for (const route of ['info/documents/a/b.pdf', 'info/authenticated/documents/a/b.pdf']) {
    expect((await call('GET', route)).json()).toMatchObject({ size: BYTES.length, content_type: 'application/pdf' })
  }
})

test('a part is read by its range; a range of an empty object cannot be satisfied', async () => {
  const { call, put } = await setUp()
  await put()
  const part = await call('GET', 'documents/a/b.pdf', { headers: { range: 'bytes=0-3' } })
  expect(part.status).toBe(206)
  expect(part.bytes.toString()).toBe('%PDF')
  expect(part.headers.get('content-range')).toBe('bytes 0-3/8')
  expect((await call('GET', 'documents/a/b.pdf', { headers: { range: 'bytes=-2' } })).bytes).toEqual(BYTES.subarray(6))
  await put(Buffer.alloc(0))
  const none = await call('GET', 'documents/a/b.pdf', { headers: { range: 'bytes=0-0' } })
  expect(none.status).toBe(400)
  expect(none.json()).toMatchObject({ statusCode: '416' })
})

test('what is missing is HTTP 400 with 404 in its body, by every route', async () => {
  const { call } = await setUp()
  for (const route of ['documents/no.pdf', 'authenticated/documents/no.pdf', 'info/documents/no.pdf']) {
    const answer = await call('GET', route)
    expect(answer.status).toBe(400)
    expect(answer.json()).toEqual(MISSING)
  }
  expect((await call('HEAD', 'documents/no.pdf')).status).toBe(400)
  expect((await call('DELETE', 'documents/no.pdf')).json()).toEqual(MISSING)
  expect((await call('GET', 'other/no.pdf')).json()).toMatchObject({ statusCode: '404', error: 'Bucket not found' })
})

test('an object is overwritten only by PUT or with x-upsert', async () => {
  const { call, put } = await setUp()
  await put()
  const refused = await put(Buffer.from('new'), {})
  expect(refused.status).toBe(400)
  expect(refused.json()).toMatchObject({ statusCode: '409', error: 'Duplicate' })
  expect((await call('GET', 'documents/a/b.pdf')).bytes).toEqual(BYTES)
  await put(Buffer.from('new'), {}, 'PUT')
  expect((await call('GET', 'documents/a/b.pdf')).bytes.toString()).toBe('new')
})

test('a form is taken as browsers send it', async () => {
  const { call } = await setUp()
  const body = new FormData()
  body.set('cacheControl', '3600')
  body.set('', new Blob([BYTES], { type: 'application/pdf' }), 'x.pdf')
  expect((await call('POST', 'documents/form.pdf', { body })).status).toBe(200)
  expect((await call('GET', 'documents/form.pdf')).bytes).toEqual(BYTES)
})

test('a deleted object is gone', async () => {
  const { call, put } = await setUp()
  await put()
  expect((await call('DELETE', 'documents/a/b.pdf')).json()).toEqual({ message: 'Successfully deleted' })
  expect((await call('GET', 'documents/a/b.pdf')).json()).toEqual(MISSING)
})

test('a wrong key is HTTP 400 with 403 in its body', async () => {
  const { call } = await setUp()
  const refused = await call('GET', 'documents/a/b.pdf', { headers: { authorization: 'Bearer other' } })
  expect(refused.status).toBe(400)
  expect(refused.json()).toMatchObject({ statusCode: '403' })
})

test('visibleLate: an object is missing until its time has come, and the ledger tells this race from a missing one', async () => {
  const { call, put, clock, ledger } = await setUp({ faults: { visibleLate: { by: 5_000 } } })
  expect((await put()).status).toBe(200)
  expect((await call('GET', 'documents/a/b.pdf')).json()).toEqual(MISSING)
  clock.nowMs += 4_999
  expect((await call('HEAD', 'documents/a/b.pdf')).status).toBe(400)
  clock.nowMs += 1
  expect((await call('GET', 'documents/a/b.pdf')).bytes).toEqual(BYTES)
  expect(ledger.summary()).toMatchObject({ objects: { notYetVisible: 2, missing: 0 }, faults: { visibleLate: 1 } })
})

test('visibleLate: until a new version is seen, the former one is read', async () => {
  const { call, put, clock, standIn, ledger } = await setUp()
  await put(Buffer.from('old'))
  standIn.setFaults({ visibleLate: { by: { kind: 'uniform', minMs: 1_000, maxMs: 2_000 } } })
  await put(Buffer.from('new'))
  expect((await call('GET', 'documents/a/b.pdf')).bytes.toString()).toBe('old')
  expect(ledger.entries('object').at(-1)?.outcome).toBe('stale')
  clock.nowMs += 2_000
  expect((await call('GET', 'documents/a/b.pdf')).bytes.toString()).toBe('new')
})

test('emptyRead: the first read answers 200 with nothing, the second with the bytes', async () => {
  const { call, put } = await setUp({ faults: { emptyRead: 1 } })
  await put()
  const first = await call('GET', 'documents/a/b.pdf')
  expect([first.status, first.bytes.length]).toEqual([200, 0])
  expect((await call('GET', 'documents/a/b.pdf')).bytes).toEqual(BYTES)
})

test('unavailable and forbidden strike only the operations they are set on', async () => {
  const { call, put, standIn } = await setUp({ faults: { unavailable: { attempts: 2, on: ['get'] } } })
  expect((await put()).status).toBe(200)
  expect((await call('GET', 'documents/a/b.pdf')).status).toBe(503)
  expect((await call('GET', 'documents/a/b.pdf')).status).toBe(503)
  expect((await call('GET', 'documents/a/b.pdf')).status).toBe(200)
  standIn.setFaults({ forbidden: { on: ['put', 'head'] } })
  const refused = await put()
  expect(refused.status).toBe(403)
  expect(refused.json()).toMatchObject({ statusCode: '403', error: 'Unauthorized' })
  expect((await call('HEAD', 'documents/a/b.pdf')).status).toBe(403)
  expect((await call('GET', 'documents/a/b.pdf')).status).toBe(200)
  standIn.setFaults({ forbidden: { status: 400 } })
  expect((await call('GET', 'documents/a/b.pdf')).status).toBe(400)
})

test('hang and delay end with the stand-in', async () => {
  const { call, standIn, ledger } = await setUp({ faults: { hang: 1 } })
  const hung = expect(call('GET', 'documents/a/b.pdf')).rejects.toThrow()
  await ledger.waitFor('object', ({ outcome }) => outcome === 'hung')
  standIn.setFaults({ delay: 3_600_000 })
  const slow = call('GET', 'documents/a/b.pdf').then(
    ({ status }) => status,
    () => 'cut',
  )
  await ledger.waitFor('fault', ({ fault }) => fault === 'delay')
  await standIn.stop()
  await hung
  expect(await slow).not.toBe(200)
})
