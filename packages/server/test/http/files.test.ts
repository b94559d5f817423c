/** Files for who has an address of them: signed by Becket, read from an encrypted storage, over HTTP. */
import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { createFileService } from '../../src/services/files.ts'
import { createEncryptedStorage } from '../../src/storage/encrypted.ts'
import { createFileLinks } from '../../src/storage/file-links.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createMemoryStorage } from '../storage/memory-storage.ts'
import { memoryServices, setup } from './setup.ts'

const keys = [Buffer.alloc(32, 1)]
const content = Buffer.from('0123456789')
const options = { ttlMs: 60_000, filename: 'der Film "1" é.mp4', contentType: 'video/mp4' }
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function serving() {
  const { storage: inner } = createMemoryStorage()
  const storage = createEncryptedStorage({ inner, key: randomBytes(32) })
  await storage.put('videos/job_1.mp4', content, 'video/mp4')
  const { services } = memoryServices()
  const { app, listen } = await setup({ services: { ...services, files: createFileService({ storage, keys }) } })
  closers.push(() => app.close())
  const { origin } = await listen()
  const links = createFileLinks({ storage, keys, publicUrl: () => origin, isPublic: true })
  return { links, urlFor: (more = {}, key = 'videos/job_1.mp4') => links.urlFor(key, { ...options, ...more }) }
}

describe('a file by its address', () => {
  it('comes whole, under its name, as nothing that a browser would run', async () => {
    const { urlFor } = await serving()
    const answer = await fetch(await urlFor())
    expect(answer.status).toBe(200)
    expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'video/mp4',
      'content-length': '10',
      'x-content-type-options': 'nosniff',
      'content-disposition': `attachment; filename="der Film _1_ _.mp4"; filename*=UTF-8''der%20Film%20%221%22%20%C3%A9.mp4`,
    })
  })

  it('tells its size to a HEAD', async () => {
    const { urlFor } = await serving()
    const answer = await fetch(await urlFor(), { method: 'HEAD' })
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([200, '10', ''])
  })

  it('comes in part', async () => {
    const { urlFor } = await serving()
    const part = await fetch(await urlFor(), { headers: { range: 'bytes=3-6' } })
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 3-6/10', '3456'])
    const beyond = await fetch(await urlFor(), { headers: { range: 'bytes=10-' } })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */10'])
  })

  it.each<[string, (url: string) => string, number, string]>([
    ['of another file', (url) => url.replace('job_1', 'job_2'), 403, 'FILE_LINK_INVALID'],
    ['with another type', (url) => url.replace('video%2Fmp4', 'text%2Fhtml'), 403, 'FILE_LINK_INVALID'],
    ['without its end', (url) => url.replace(/expires=\d+&/, ''), 403, 'FILE_LINK_INVALID'],
    ['that climbs out', (url) => url.replace('job_1.mp4', '..%2F..%2Fserver.key'), 403, 'FILE_LINK_INVALID'],
  ])('%s is refused', async (_name, change, status, code) => {
    const { urlFor } = await serving()
    const answer = await fetch(change(await urlFor()))
    expect(await answer.json()).toMatchObject({ status, code })
  })

  it('says when it has expired, and when the file is gone', async () => {
    const { urlFor } = await serving()
    expect(await (await fetch(await urlFor({ ttlMs: -1 }))).json()).toMatchObject({
      status: 410,
      code: 'FILE_LINK_EXPIRED',
    })
    expect(await (await fetch(await urlFor({}, 'videos/gone.mp4'))).json()).toMatchObject({ status: 404 })
  })
})

describe('an address for others', () => {
  const signing: Storage = {
    ...createMemoryStorage().storage,
    signedUrl: async (key) => ({ kind: 'url', url: `https://storage.example/${key}`, expiresAtMs: 0, headers: {} }),
  }
  const linksOf = (storage: Storage, isPublic: boolean) =>
    createFileLinks({ storage, keys, publicUrl: () => 'http://127.0.0.1:1', isPublic })

  it('leads to Becket where it has a public address, to the storage where that signs, and else to Becket', async () => {
    expect(await linksOf(signing, true).urlFor('a', options)).toMatch(/^http:\/\/127\.0\.0\.1:1\/files\/a\?/)
    expect(await linksOf(signing, false).urlFor('a', options)).toBe('https://storage.example/a')
    expect(await linksOf(createMemoryStorage().storage, false).urlFor('a', options)).toMatch(/\/files\/a\?/)
  })

  it('is not made up where the storage does not sign', async () => {
    const refusing: Storage = { ...signing, signedUrl: async () => ({ kind: 'forbidden', reason: 'no such bucket' }) }
    await expect(linksOf(refusing, false).urlFor('a', options)).rejects.toThrow(/forbidden: no such bucket/)
  })
})
