/** The rehearsal's S3, asked by a signing client of others and by our own storage. */
import { createS3, type S3Options as StandInOptions } from '@becket/rehearsal'
import { AwsClient } from 'aws4fetch'
import { expect, onTestFinished, test } from 'vitest'
import { createOutbound } from '../../src/outbound/http.ts'
import { createS3Storage } from '../../src/storage/s3.ts'

const BYTES = Buffer.from([0x25, 0x50, 0x44, 0x46, 0x00, 0xff, 0x0d, 0x0a])

async function setUp(options: Partial<StandInOptions> = {}) {
  const standIn = createS3({ environment: 'test', seed: 1, publicBucket: 'outputs', ...options })
  onTestFinished(() => standIn.stop())
  const address = await standIn.start()
  const { endpoint, region, bucket, accessKeyId, secretAccessKey } = address
  // No retries of its own: each test sees each answer.
  const clientWith = (keys: { accessKeyId?: string; secretAccessKey?: string; region?: string } = {}) =>
    new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0, ...keys })
  const client = clientWith()
  const url = (key: string) => `${endpoint}/${bucket}/${key}`
  const put = (key: string, body: Buffer = BYTES, headers: Record<string, string> = {}) =>
    client.fetch(url(key), { method: 'PUT', body, headers: { 'content-type': 'application/pdf', ...headers } })
  const storageWith = (secret = secretAccessKey) => {
    const outbound = createOutbound({ source: 'storage', baseUrl: endpoint })
    onTestFinished(() => outbound.close())
    return createS3Storage({
      bucketUrl: `${endpoint}/${bucket}`,
      region,
      accessKeyId,
      secretAccessKey: secret,
      outbound,
    })
  }
  return { standIn, address, client, clientWith, url, put, storageWith, ledger: standIn.ledger }
}

const codeOf = async (answer: Response) => [answer.status, /<Code>(\w+)/.exec(await answer.text())?.[1]]

test('what was put is read whole, in part, looked at, and deleted', async () => {
  const { client, put, url } = await setUp()
  const key = "a b/ü (1)+'x'.pdf"
  const path = key.split('/').map(encodeURIComponent).join('/')
  const stored = await put(path)
  expect(stored.status).toBe(200)
  const read = await client.fetch(url(path))
  expect(Buffer.from(await read.arrayBuffer())).toEqual(BYTES)
  expect(read.headers.get('content-type')).toBe('application/pdf')
  expect(read.headers.get('etag')).toBe(stored.headers.get('etag'))
  expect(Date.parse(read.headers.get('last-modified') ?? '')).toBeGreaterThan(0)
  const part = await client.fetch(url(path), { headers: { range: 'bytes=0-3' } })
  expect([part.status, await part.text(), part.headers.get('content-range')]).toEqual([206, '%PDF', 'bytes 0-3/8'])
  const head = await client.fetch(url(path), { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '8'])
  expect((await client.fetch(url(path), { method: 'DELETE' })).status).toBe(204)
  expect(await codeOf(await client.fetch(url(path)))).toEqual([404, 'NoSuchKey'])
})

test('a list has pages, prefixes and groups', async () => {
  const { client, put, url } = await setUp()
  for (const key of ['a/1', 'a/2', 'b/1', 'c', 'd & e']) await put(encodeURIComponent(key).replaceAll('%2F', '/'))
  const list = async (query: string) => {
    const text = await (await client.fetch(`${url('')}?list-type=2&${query}`)).text()
    return {
      keys: [...text.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key),
      prefixes: [...text.matchAll(/<CommonPrefixes><Prefix>(.*?)</g)].map(([, prefix]) => prefix),
      next: /<NextContinuationToken>(.*?)</.exec(text)?.[1],
    }
  }
  expect(await list('prefix=a/')).toEqual({ keys: ['a/1', 'a/2'], prefixes: [], next: undefined })
  expect(await list('delimiter=/')).toEqual({ keys: ['c', 'd &amp; e'], prefixes: ['a/', 'b/'], next: undefined })
  const first = await list('max-keys=3')
  expect(first.keys).toEqual(['a/1', 'a/2', 'b/1'])
  const second = await list(`max-keys=3&continuation-token=${first.next}`)
  expect(second).toEqual({ keys: ['c', 'd &amp; e'], prefixes: [], next: undefined })
  const grouped = await list('delimiter=/&max-keys=1')
  expect(grouped.prefixes).toEqual(['a/'])
  expect((await list(`delimiter=/&max-keys=1&continuation-token=${grouped.next}`)).prefixes).toEqual(['b/'])
})

test('a signed address reads and writes without a header, until it has expired', async () => {
  let nowMs = Date.now()
  const { client, url } = await setUp({ now: () => nowMs })
  const signed = async (method: string) =>
    (await client.sign(`${url('a.pdf')}?X-Amz-Expires=60`, { method, aws: { signQuery: true } })).url
  expect((await fetch(await signed('PUT'), { method: 'PUT', body: BYTES })).status).toBe(200)
  const reading = await signed('GET')
  expect(Buffer.from(await (await fetch(reading)).arrayBuffer())).toEqual(BYTES)
  expect(await codeOf(await fetch(`${reading}0`))).toEqual([403, 'SignatureDoesNotMatch'])
  nowMs += 62_000
  expect(await codeOf(await fetch(reading))).toEqual([403, 'ExpiredToken'])
})

test('what is not signed by the right key is refused, and says why', async () => {
  const { client, clientWith, url, put } = await setUp()
  await put('a')
  expect(await codeOf(await fetch(url('a')))).toEqual([403, 'AccessDenied'])
  const refused = async (keys: object) => codeOf(await clientWith(keys).fetch(url('a')))
  expect(await refused({ secretAccessKey: 'wrong' })).toEqual([403, 'SignatureDoesNotMatch'])
  expect(await refused({ accessKeyId: 'nobody' })).toEqual([403, 'InvalidAccessKeyId'])
  expect(await refused({ region: 'eu-west-1' })).toEqual([400, 'AuthorizationHeaderMalformed'])
  const head = await clientWith({ secretAccessKey: 'wrong' }).fetch(url('a'), { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([403, ''])

  const changed = await client.sign(url('a'), {
    method: 'PUT',
    body: BYTES,
    headers: { 'x-amz-content-sha256': '0'.repeat(64) },
  })
  expect(await codeOf(await fetch(changed))).toEqual([400, 'XAmzContentSHA256Mismatch'])
  const old = await client.sign(url('a'), { aws: { datetime: '20200101T000000Z' } })
  expect(await codeOf(await fetch(old))).toEqual([403, 'RequestTimeTooSkewed'])
  const garbled = await fetch(url('a'), { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=é' } })
  expect(garbled.status).toBe(400)
})

test('a public bucket is read by everybody, and written by nobody without a key', async () => {
  const { standIn, address, client } = await setUp()
  const url = `${address.endpoint}/outputs/video.mp4`
  standIn.objectsOf('outputs')?.put('video.mp4', BYTES, 'video/mp4', 0)
  const read = await fetch(url, { headers: { range: 'bytes=0-0' } })
  expect([read.status, await read.text()]).toEqual([206, '%'])
  expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe('8')
  expect((await fetch(`${address.endpoint}/outputs/`)).status).toBe(403)
  expect((await fetch(url, { method: 'PUT', body: BYTES })).status).toBe(403)
  expect((await client.fetch(url, { method: 'PUT', body: BYTES })).status).toBe(200)
})

test('what this stand-in cannot do it says, instead of storing something else', async () => {
  const { client, put, url, address } = await setUp()
  await put('a')
  expect(await codeOf(await put('a', BYTES, { 'if-none-match': '*' }))).toEqual([412, 'PreconditionFailed'])
  expect(await codeOf(await put('b', BYTES, { 'x-amz-copy-source': '/documents/a' }))).toEqual([501, 'NotImplemented'])
  expect(await codeOf(await client.fetch(`${url('a')}?uploads`, { method: 'PUT' }))).toEqual([501, 'NotImplemented'])
  expect(await codeOf(await client.fetch(`${address.endpoint}/other/a`))).toEqual([404, 'NoSuchBucket'])
  expect(await codeOf(await client.fetch(`${url('')}?max-keys=x`))).toEqual([400, 'InvalidArgument'])
  expect(await codeOf(await client.fetch(url('a'), { headers: { range: 'bytes=9-' } }))).toEqual([416, 'InvalidRange'])
})

test('its faults: SlowDown without a body on HEAD, 403 for what is missing, late, and empty', async () => {
  let nowMs = Date.now()
  const { standIn, client, put, url, ledger } = await setUp({
    faults: { slowDown: { on: ['head'] }, missingForbidden: 1, visibleLate: { by: 5_000 } },
    now: () => nowMs,
  })
  await put('late')
  const slowed = await client.fetch(url('late'), { method: 'HEAD' })
  expect([slowed.status, await slowed.text()]).toEqual([503, ''])
  expect(await codeOf(await client.fetch(url('late')))).toEqual([404, 'NoSuchKey'])
  expect(await codeOf(await client.fetch(url('missing')))).toEqual([403, 'AccessDenied'])
  nowMs += 5_000
  expect((await client.fetch(url('late'))).status).toBe(200)
  standIn.setFaults({ emptyRead: 1 })
  await put('empty')
  const lengthOf = async () => (await client.fetch(url('empty'), { method: 'HEAD' })).headers.get('content-length')
  expect([await lengthOf(), await lengthOf()]).toEqual(['0', '8'])
  expect(ledger.summary()).toMatchObject({
    objects: { notYetVisible: 1 },
    faults: { slowDown: 1, missingForbidden: 1, visibleLate: 1, emptyRead: 1 },
  })
})

test('our own storage keeps its objects there, and tells each fault from a missing object', async () => {
  const { standIn, storageWith } = await setUp()
  const storage = storageWith()
  expect(await storage.put('a/b.pdf', BYTES, 'application/pdf')).toEqual({ kind: 'stored' })
  expect(await storage.get('a/b.pdf')).toEqual({ kind: 'found', bytes: BYTES })
  expect(await storage.getStart('a/b.pdf', 4)).toEqual({ kind: 'found', bytes: BYTES.subarray(0, 4) })
  expect(await storage.head('a/b.pdf')).toEqual({ kind: 'found', bytes: 8 })
  expect(await storage.head('no')).toMatchObject({ kind: 'missing' })
  expect(await storageWith('wrong').head('a/b.pdf')).toMatchObject({ kind: 'forbidden' })
  standIn.setFaults({ slowDown: { attempts: 100 } })
  expect(await storage.head('a/b.pdf')).toMatchObject({ kind: 'unavailable' })
  standIn.setFaults({})
  expect(await storage.delete('a/b.pdf')).toEqual({ kind: 'deleted' })
})
