/** What every storage promises, held against each of them. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStorage as createStandIn } from '@becket/rehearsal'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOutbound } from '../../src/outbound/http.ts'
import { createEncryptedStorage } from '../../src/storage/encrypted.ts'
import { createFsStorage } from '../../src/storage/fs.ts'
import { createS3Storage } from '../../src/storage/s3.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createSupabaseStorage } from '../../src/storage/supabase.ts'
import { startS3Server } from './s3-server.ts'

type Opened = { storage: Storage; close(): Promise<void> }

async function openFs(): Promise<Opened> {
  const directory = await mkdtemp(join(tmpdir(), 'becket-storage-'))
  const storage = createFsStorage({ directory })
  return { storage, close: () => rm(directory, { recursive: true, force: true }) }
}

async function openSupabase(): Promise<Opened> {
  const standIn = createStandIn({ environment: 'test', seed: 1 })
  const { baseUrl: url, apiKey: serviceRoleKey, bucket } = await standIn.start()
  const outbound = createOutbound({ source: 'storage', baseUrl: url })
  const storage = createSupabaseStorage({ url, serviceRoleKey, bucket, outbound })
  const close = async () => {
    await outbound.close()
    await standIn.stop()
  }
  return { storage, close }
}

async function openS3(): Promise<Opened> {
  const server = await startS3Server()
  const outbound = createOutbound({ source: 'storage', baseUrl: server.endpoint })
  const storage = createS3Storage({ ...server, bucketUrl: `${server.endpoint}/${server.bucket}`, outbound })
  const close = async () => {
    await outbound.close()
    await server.stop()
  }
  return { storage, close }
}

async function encrypted(open: () => Promise<Opened>): Promise<Opened> {
  const { storage: inner, close } = await open()
  return { storage: createEncryptedStorage({ inner, key: randomBytes(32) }), close }
}

describe.each<[string, () => Promise<Opened>]>([
  ['fs', openFs],
  ['supabase', openSupabase],
  ['s3', openS3],
  ['fs, encrypted', () => encrypted(openFs)],
  ['supabase, encrypted', () => encrypted(openSupabase)],
  ['s3, encrypted', () => encrypted(openS3)],
  [
    'fs, without a key',
    async () => {
      const { storage: inner, close } = await openFs()
      return { storage: createEncryptedStorage({ inner, key: null }), close }
    },
  ],
])('the storage %s', (name, open) => {
  let opened: Opened
  let storage: Storage
  beforeAll(async () => {
    opened = await open()
    storage = opened.storage
  })
  afterAll(() => opened.close())

  const put = (key: string, bytes: Buffer) => storage.put(key, bytes, 'application/octet-stream')

  async function scanned(key: string) {
    const pieces: Buffer[] = []
    // A piece is valid during the call only.
    const answer = await storage.scan(key, (piece) => void pieces.push(Buffer.from(piece)))
    const bytes = Buffer.concat(pieces)
    if (answer.kind === 'found') expect(answer.bytes).toBe(bytes.length)
    return answer.kind === 'found' ? { kind: 'found', bytes } : answer
  }

  it('gives back what was stored, byte for byte', async () => {
    let count = 0
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (content) => {
        const bytes = Buffer.from(content)
        const key = `bytes/object-${count++}.bin`
        expect(await put(key, bytes)).toEqual({ kind: 'stored' })
        expect(await storage.get(key)).toEqual({ kind: 'found', bytes })
        expect(await storage.head(key)).toEqual({ kind: 'found', bytes: bytes.length })
        expect(await scanned(key)).toEqual({ kind: 'found', bytes })
      }),
      { numRuns: 25 },
    )
  })

  it('carries a document of twelve megabytes', async () => {
    const bytes = randomBytes(12 * 1024 * 1024)
    expect(await put('large/source.pdf', bytes)).toEqual({ kind: 'stored' })
    const read = await storage.get('large/source.pdf')
    expect(read.kind === 'found' && read.bytes.equals(bytes)).toBe(true)
    const seen = await scanned('large/source.pdf')
    expect(seen.kind === 'found' && 'bytes' in seen && seen.bytes.equals(bytes)).toBe(true)
    expect(await storage.head('large/source.pdf')).toEqual({ kind: 'found', bytes: bytes.length })
  })

  it('takes an object piece by piece as well as whole', async () => {
    const pieces = Array.from({ length: 40 }, (_, index) => Buffer.alloc(1 + index * 37, index))
    async function* coming() {
      yield* pieces
    }
    expect(await storage.put('pieces/object', coming(), 'application/pdf')).toEqual({ kind: 'stored' })
    expect(await storage.get('pieces/object')).toEqual({ kind: 'found', bytes: Buffer.concat(pieces) })
  })

  it('takes an object of known length from where it lies', async () => {
    const pieces = Array.from({ length: 30 }, (_, index) => Buffer.alloc(5000 + index, index))
    const whole = Buffer.concat(pieces)
    async function* open() {
      yield* pieces
    }
    const content = { bytes: whole.length, open }
    expect(await storage.put('sized/object', content, 'application/pdf')).toEqual({ kind: 'stored' })
    expect(await storage.get('sized/object')).toEqual({ kind: 'found', bytes: whole })
  })

  it('stops showing an object to whom it throws, and rejects with that', async () => {
    await put('unwanted/object', randomBytes(3 * 1024 * 1024))
    let pieces = 0
    const enough = new Error('enough')
    const see = () => {
      pieces++
      throw enough
    }
    await expect(storage.scan('unwanted/object', see)).rejects.toBe(enough)
    expect(pieces).toBe(1)
  })

  it('lists what begins with a prefix, in order and page by page, or says beforehand that it cannot', async () => {
    if (storage.list === undefined) return expect(storage.name).toBe('supabase')
    const keys = ['listed/a.bin', 'listed/b/c.bin', 'listed/b/d.bin', 'listed/e.bin', 'listing/f.bin']
    for (const key of keys) await put(key, Buffer.alloc(10))
    const seen: string[] = []
    // This S3 server turns its pages by a cipher that its Node has no more; `s3-large.test.ts` turns them by script.
    const limit = storage.name === 's3' ? 1000 : 3
    for (let after: string | undefined, pages = 0; pages < 9; pages++) {
      const page = await storage.list('listed/', { limit, ...(after !== undefined && { after }) })
      if (page.kind !== 'listed') throw new Error(page.reason)
      expect(page.objects.length).toBeLessThanOrEqual(limit)
      expect(page.objects.every(({ storedBytes }) => storedBytes >= 10)).toBe(true)
      seen.push(...page.objects.map(({ key }) => key))
      if (page.next === null) break
      after = page.next
    }
    expect(seen).toEqual(keys.slice(0, 4))
    expect(await storage.list('listed/b')).toMatchObject({ objects: [{ key: keys[1] }, { key: keys[2] }], next: null })
    expect(await storage.list('nothing/of/this')).toEqual({ kind: 'listed', objects: [], next: null })
  })

  it('signs no address that would lead around encryption', () => {
    const signs = storage.signedUrl !== undefined
    expect(signs).toBe(!name.includes('encrypted') && !name.startsWith('fs'))
  })

  it('leaves what was there when the content does not come whole, and tells what it was that broke', async () => {
    async function* breaking() {
      yield Buffer.alloc(100_000)
      throw new Error('the sender went away')
    }
    await put('broken/old', Buffer.from('as it was'))
    for (const key of ['broken/old', 'broken/new']) {
      await expect(storage.put(key, breaking(), 'application/pdf')).rejects.toThrow('the sender went away')
    }
    expect(await storage.get('broken/old')).toEqual({ kind: 'found', bytes: Buffer.from('as it was') })
    expect(await storage.get('broken/new')).toMatchObject({ kind: 'missing' })
  })

  it('keeps an empty object apart from a missing one', async () => {
    await put('empty/object', Buffer.alloc(0))
    expect(await storage.get('empty/object')).toEqual({ kind: 'found', bytes: Buffer.alloc(0) })
    expect(await storage.getStart('empty/object', 10)).toEqual({ kind: 'found', bytes: Buffer.alloc(0) })
    expect(await scanned('empty/object')).toEqual({ kind: 'found', bytes: Buffer.alloc(0) })
    expect(await storage.head('empty/object')).toEqual({ kind: 'found', bytes: 0 })
  })

  it('gives the start of an object, and no more than there is', async () => {
    await put('start/object', Buffer.from('%PDF-1.7 and so on'))
    expect(await storage.getStart('start/object', 5)).toEqual({ kind: 'found', bytes: Buffer.from('%PDF-') })
    expect(await storage.getStart('start/object', 500)).toMatchObject({ bytes: Buffer.from('%PDF-1.7 and so on') })
  })

  it('replaces an object wholly', async () => {
    await put('replaced/object', Buffer.from('a long first content'))
    await put('replaced/object', Buffer.from('short'))
    expect(await storage.get('replaced/object')).toEqual({ kind: 'found', bytes: Buffer.from('short') })
  })

  it('holds one whole content or the other when several write at once', async () => {
    const contents = Array.from({ length: 8 }, (_, index) => Buffer.alloc(100_000, index))
    const answers = await Promise.all(contents.map((bytes) => put('contended/object', bytes)))
    expect(answers.every((answer) => answer.kind === 'stored')).toBe(true)
    const got = await storage.get('contended/object')
    if (got.kind !== 'found') throw new Error(got.reason)
    expect(contents.some((bytes) => bytes.equals(got.bytes))).toBe(true)
  })

  it('says of what is not there that it is missing', async () => {
    await put('near/by', Buffer.from('x'))
    for (const key of ['near/other', 'far/away/from/anything']) {
      expect(await storage.get(key)).toMatchObject({ kind: 'missing' })
      expect(await storage.getStart(key, 5)).toMatchObject({ kind: 'missing' })
      expect(await scanned(key)).toMatchObject({ kind: 'missing' })
      expect(await storage.head(key)).toMatchObject({ kind: 'missing' })
    }
  })

  it('deletes, and deletes again', async () => {
    await put('deleted/object', Buffer.from('x'))
    expect(await storage.delete('deleted/object')).toEqual({ kind: 'deleted' })
    expect(await storage.get('deleted/object')).toMatchObject({ kind: 'missing' })
    expect(await storage.delete('deleted/object')).toEqual({ kind: 'deleted' })
    expect(await storage.delete('never/was')).toEqual({ kind: 'deleted' })
  })

  it('refuses keys that climb out or need encoding', async () => {
    for (const key of ['../outside', 'a/../../outside', '/etc/passwd', 'a b', '']) {
      await expect(async () => storage.get(key)).rejects.toThrow(/cannot name an object/)
      await expect(async () => put(key, Buffer.from('x'))).rejects.toThrow(/cannot name an object/)
    }
  })
})
