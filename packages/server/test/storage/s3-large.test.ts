/** Objects larger than what may be held, and addresses for others, on a real S3 server and on storages that misbehave. */
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOutbound, type HttpOutbound } from '../../src/outbound/http.ts'
import { createS3Storage } from '../../src/storage/s3.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { type S3Server, startS3Server } from './s3-server.ts'

const MEBIBYTE = 1024 * 1024

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

/** Bytes outside the heap that something still needs. */
function held(): number {
  if (typeof collect !== 'function') throw new Error('there is no garbage collector to call')
  // Buffers are freed behind the collector's back: the second round waits until the first has been cleared away.
  collect()
  collect()
  return process.memoryUsage().arrayBuffers
}

describe('an object that is larger than a part', () => {
  let server: S3Server
  let outbound: HttpOutbound
  let storage: Storage
  beforeAll(async () => {
    server = await startS3Server()
    outbound = createOutbound({ source: 'storage', baseUrl: server.endpoint })
    storage = createS3Storage({ ...server, bucketUrl: `${server.endpoint}/${server.bucket}`, outbound })
  })
  afterAll(async () => {
    await outbound.close()
    await server.stop()
  })

  it('goes up and comes down in pieces', async () => {
    const piece = randomBytes(MEBIBYTE)
    const wanted = createHash('sha256')
    async function* coming() {
      for (let sent = 0; sent < 20; sent++) {
        wanted.update(piece)
        yield piece
      }
    }
    expect(await storage.put('large/video.mp4', coming(), 'video/mp4')).toEqual({ kind: 'stored' })
    const seen = createHash('sha256')
    const answer = await storage.scan('large/video.mp4', (part) => void seen.update(part))
    expect(answer).toEqual({ kind: 'found', bytes: 20 * MEBIBYTE })
    expect(seen.digest('hex')).toBe(wanted.digest('hex'))
  })

  it('whose sender goes away leaves what was there', async () => {
    await storage.put('large/broken', Buffer.from('as it was'), 'text/plain')
    async function* breaking() {
      yield Buffer.alloc(20 * MEBIBYTE)
      throw new Error('the sender went away')
    }
    await expect(storage.put('large/broken', breaking(), 'video/mp4')).rejects.toThrow('the sender went away')
    expect(await storage.get('large/broken')).toMatchObject({ bytes: Buffer.from('as it was') })
  })

  it('is read by whoever has its signed address, until it is changed', async () => {
    await storage.put('signed/read', Buffer.from('content'), 'text/plain')
    const signed = await storage.signedUrl?.('signed/read', { method: 'GET', ttlMs: 60_000 })
    if (signed?.kind !== 'url') throw new Error('not signed')
    expect(await (await fetch(signed.url)).text()).toBe('content')
    expect(signed.expiresAtMs).toBeGreaterThan(Date.now() + 50_000)
    expect((await fetch(signed.url.replace('signed/read', 'large/broken'))).status).toBe(403)
    expect(signed.url).not.toContain(`${server.secretAccessKey}&`)
  })

  it('is written by whoever has its signed address', async () => {
    const signed = await storage.signedUrl?.('signed/written', {
      method: 'PUT',
      ttlMs: 60_000,
      contentType: 'application/pdf',
    })
    if (signed?.kind !== 'url') throw new Error('not signed')
    const answer = await fetch(signed.url, { method: 'PUT', headers: signed.headers, body: 'content' })
    expect(answer.status).toBe(200)
    expect(await storage.get('signed/written')).toEqual({ kind: 'found', bytes: Buffer.from('content') })
  })
})

describe('a storage that takes parts and fails', () => {
  async function setup(answer: (request: IncomingMessage, response: ServerResponse) => void) {
    const seen: string[] = []
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://storage')
      seen.push(`${request.method} ${[...url.searchParams.keys()].join('+')}`)
      request.resume().on('end', () => answer(request, response))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const bucketUrl = `http://127.0.0.1:${address.port}/documents`
    const outbound = createOutbound({ source: 'storage', baseUrl: bucketUrl })
    const keys = { region: 'us-east-1', accessKeyId: 'test-key', secretAccessKey: 'test-key' }
    const storage = createS3Storage({ ...keys, bucketUrl, outbound })
    async function* large() {
      for (let count = 0; count < 9; count++) yield Buffer.alloc(MEBIBYTE)
    }
    const put = () => storage.put('a', large(), 'video/mp4')
    const stop = async () => {
      await outbound.close()
      await new Promise((resolve) => server.close(resolve))
    }
    return { put, storage, seen, stop }
  }
  const begun = '<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>'
  const slowDown = '<Error><Code>SlowDown</Code></Error>'

  it('holds nothing of 64 MiB that go through us, neither way', async () => {
    const piece = Buffer.alloc(MEBIBYTE)
    const pieces = function* () {
      for (let sent = 0; sent < 64; sent++) yield piece
    }
    const { storage, stop } = await setup(({ method, url = '' }, response) => {
      if (method === 'GET') pipeline(Readable.from(pieces()), response, () => {})
      else if (method === 'PUT') response.writeHead(200, { etag: '"t"' }).end()
      else if (url.includes('uploads')) response.end(begun)
      else response.end('<CompleteMultipartUploadResult><ETag>t</ETag></CompleteMultipartUploadResult>')
    })
    const before = held()
    let most = 0
    let count = 0
    const measure = () => {
      if (++count % 16 === 0) most = Math.max(most, held() - before)
    }
    async function* coming() {
      for (const sent of pieces()) {
        measure()
        yield sent
      }
    }
    expect(await storage.put('a', coming(), 'video/mp4')).toEqual({ kind: 'stored' })
    expect(await storage.scan('a', measure)).toEqual({ kind: 'found', bytes: 64 * MEBIBYTE })
    // A part that is made, and one that is on its way.
    expect(most).toBeLessThan(28 * MEBIBYTE)
    await stop()
  })

  it('has nothing left of it when a part is refused', async () => {
    const { put, seen, stop } = await setup(({ method }, response) => {
      if (method === 'POST') response.end(begun)
      else response.writeHead(method === 'PUT' ? 503 : 204).end(method === 'PUT' ? slowDown : undefined)
    })
    expect(await put()).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('SlowDown') })
    expect(seen).toEqual(['POST uploads', 'PUT partNumber+uploadId', 'DELETE uploadId'])
    await stop()
  })

  it('is believed only when it says that the parts are an object, whatever its status', async () => {
    const { put, seen, stop } = await setup(({ method, url = '' }, response) => {
      if (method === 'POST') response.end(url.includes('uploads') ? begun : slowDown)
      else response.writeHead(200, { etag: '"t"' }).end()
    })
    expect(await put()).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('SlowDown') })
    expect(seen.at(-1)).toBe('DELETE uploadId')
    await stop()
  })

  it('that says a page of a gateway where an upload should begin is unavailable', async () => {
    const { put, stop } = await setup((_, response) => response.end('<html>welcome</html>'))
    expect(await put()).toMatchObject({ kind: 'unavailable' })
    await stop()
  })

  it('turns the pages of its list by what it said, as it said it', async () => {
    const asked: (string | null)[] = []
    const page = (key: string, more: string) =>
      `<ListBucketResult>${more}<Contents><Key>${key}</Key><Size>1</Size></Contents></ListBucketResult>`
    const { storage, stop } = await setup(({ url = '' }, response) => {
      const token = new URL(url, 'http://storage').searchParams.get('continuation-token')
      asked.push(token)
      const more = '<IsTruncated>true</IsTruncated><NextContinuationToken>1/+ =</NextContinuationToken>'
      response.end(token === null ? page('a', more) : page('b', '<IsTruncated>false</IsTruncated>'))
    })
    const first = await storage.list?.('', { limit: 1 })
    if (first?.kind !== 'listed' || first.next === null) throw new Error('no first page')
    expect(await storage.list?.('', { limit: 1, after: first.next })).toMatchObject({
      objects: [{ key: 'b' }],
      next: null,
    })
    expect(asked).toEqual([null, '1/+ ='])
    await stop()
  })

  it('that lists with a page of a gateway is unavailable', async () => {
    const { storage, stop } = await setup((_, response) => response.end('<html>welcome</html>'))
    expect(await storage.list?.('a')).toMatchObject({ kind: 'unavailable' })
    await stop()
  })
})
