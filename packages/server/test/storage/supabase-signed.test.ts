/** What Supabase Storage signs for others, in the words of its releases, and the keys that its first users have. */
import { createServer } from 'node:http'
import { createStorage as createStandIn } from '@becket/rehearsal'
import { afterEach, describe, expect, it } from 'vitest'
import { createOutbound } from '../../src/outbound/http.ts'
import { createSupabaseStorage } from '../../src/storage/supabase.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Only signs; `seen` is what it was asked, and with what. */
async function startSigner(answer: (path: string) => { status?: number; body: unknown }) {
  const seen: { request: string; body: string; upsert: unknown; apikey: unknown }[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { method, url = '', headers } = request
      const body = Buffer.concat(pieces).toString()
      seen.push({ request: `${method} ${url}`, body, upsert: headers['x-upsert'], apikey: headers.apikey })
      const { status = 200, body: said } = answer(url)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(said))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const url = `http://127.0.0.1:${address.port}`
  const outbound = createOutbound({ source: 'storage', baseUrl: url })
  closers.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => outbound.close(),
  )
  const storage = createSupabaseStorage({ url, serviceRoleKey: 'test-key', bucket: 'documents', outbound })
  const sign = (method: 'GET' | 'PUT') =>
    storage.signedUrl?.('files/user/u1/raw/a.pdf', { method, ttlMs: 90_000, contentType: 'application/pdf' })
  return { url, sign, seen }
}

describe('an address that Supabase signs', () => {
  it('to read is below the storage, for as long as was asked', async () => {
    const { url, sign, seen } = await startSigner((path) => ({
      body: { signedURL: `${path.replace('/storage/v1', '')}?token=t` },
    }))
    const path = '/storage/v1/object/sign/documents/files/user/u1/raw/a.pdf'
    expect(await sign('GET')).toMatchObject({ kind: 'url', url: `${url}${path}?token=t`, headers: {} })
    expect(seen).toEqual([{ request: `POST ${path}`, body: '{"expiresIn":90}', upsert: undefined, apikey: 'test-key' }])
  })

  it('to write is good until its token says, which the project decides', async () => {
    const until = Date.UTC(2027, 0, 1)
    const claims = Buffer.from(JSON.stringify({ exp: until / 1000 })).toString('base64url')
    const { url, sign, seen } = await startSigner((path) => ({
      body: { url: `${path.replace('/storage/v1', '')}?token=head.${claims}.tail` },
    }))
    const path = '/storage/v1/object/upload/sign/documents/files/user/u1/raw/a.pdf'
    expect(await sign('PUT')).toEqual({
      kind: 'url',
      url: `${url}${path}?token=head.${claims}.tail`,
      expiresAtMs: until,
      headers: { 'x-upsert': 'true', 'content-type': 'application/pdf' },
    })
    expect(seen).toMatchObject([{ request: `POST ${path}`, upsert: 'true' }])
  })

  it.each<[string, unknown]>([
    ['leads elsewhere', { signedURL: 'https://elsewhere.example/object?token=t' }],
    ['has no token', { signedURL: '/object/sign/documents/a' }],
    ['is called by another name', { address: '/object/sign/documents/a?token=t' }],
    ['is none', 'ok'],
  ])('that %s is not taken', async (_name, body) => {
    const { sign } = await startSigner(() => ({ body }))
    expect(await sign('GET')).toMatchObject({ kind: 'unavailable' })
  })

  it('is a fault of the bucket, not of the object, where the bucket was never made', async () => {
    const body = { statusCode: '404', error: 'Bucket not found', message: 'Bucket not found' }
    const { sign } = await startSigner(() => ({ status: 400, body }))
    expect(await sign('GET')).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('Bucket not found'),
    })
  })
})

it('the object paths of the first users are keys as any other', async () => {
  const standIn = createStandIn({ environment: 'test', seed: 1 })
  const { baseUrl: url, apiKey: serviceRoleKey, bucket } = await standIn.start()
  const outbound = createOutbound({ source: 'storage', baseUrl: url })
  closers.push(
    () => standIn.stop(),
    () => outbound.close(),
  )
  const storage = createSupabaseStorage({ url, serviceRoleKey, bucket, outbound })
  const key = 'files/user/4c6a1e0e-8b1f-4b3e-9d52-0a1b2c3d4e5f/raw/0a1b2c3d_policy.pdf'
  expect(await storage.put(key, Buffer.from('%PDF-'), 'application/pdf')).toEqual({ kind: 'stored' })
  expect(await storage.get(key)).toEqual({ kind: 'found', bytes: Buffer.from('%PDF-') })
})
