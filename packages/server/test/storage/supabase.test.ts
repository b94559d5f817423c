import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createOutbound, type HttpOutbound } from '../../src/outbound/http.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createSupabaseStorage } from '../../src/storage/supabase.ts'
import { type SupabaseFake, startSupabaseFake } from './supabase-fake.ts'

describe('objects in Supabase Storage', () => {
  let fake: SupabaseFake
  let outbound: HttpOutbound
  let storage: Storage
  beforeAll(async () => {
    fake = await startSupabaseFake()
    outbound = createOutbound({ source: 'storage', baseUrl: fake.url })
    storage = createSupabaseStorage({ ...fake, outbound })
  })
  beforeEach(() => {
    fake.answer(null)
    fake.ranges = true
    fake.requests.length = 0
    fake.objects.clear()
  })
  afterAll(async () => {
    await outbound.close()
    await fake.stop()
  })

  it('are read by the authenticated route, never the public one', async () => {
    fake.objects.set('a/b.pdf', Buffer.from('content'))
    await storage.get('a/b.pdf')
    await storage.head('a/b.pdf')
    expect(fake.requests).toEqual([
      'GET /storage/v1/object/authenticated/documents/a/b.pdf',
      'GET /storage/v1/object/authenticated/documents/a/b.pdf',
    ])
  })

  it('are reached whether or not the address ends with the storage’s path', async () => {
    fake.objects.set('a', Buffer.from('content'))
    for (const url of [`${fake.url}/`, `${fake.url}/storage/v1`, `${fake.url}/storage/v1/`]) {
      expect(await createSupabaseStorage({ ...fake, url, outbound }).get('a')).toMatchObject({ kind: 'found' })
    }
  })

  it('have a size also where a proxy ignores ranges', async () => {
    fake.ranges = false
    fake.objects.set('a', Buffer.from('content'))
    expect(await storage.head('a')).toEqual({ kind: 'found', bytes: 7 })
    expect(await storage.getStart('a', 3)).toEqual({ kind: 'found', bytes: Buffer.from('con') })
  })

  it('are unavailable, not missing, when the bucket is', async () => {
    const elsewhere = createSupabaseStorage({ ...fake, bucket: 'no-such', outbound })
    expect(await elsewhere.get('a')).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('Bucket') })
  })

  it('are forbidden with a wrong key, whose value no reason tells', async () => {
    const stranger = createSupabaseStorage({ ...fake, serviceRoleKey: 'wrong-key', outbound })
    const answer = await stranger.get('a')
    expect(answer).toMatchObject({ kind: 'forbidden' })
    expect(JSON.stringify(answer)).not.toContain('wrong-key')
  })

  it('are unavailable while the storage asks to slow down or is away', async () => {
    fake.answer({ status: 503, body: '<Error><Code>SlowDown</Code></Error>' })
    for (const answer of [
      await storage.get('a'),
      await storage.head('a'),
      await storage.put('a', Buffer.from('x'), 'text/plain'),
      await storage.delete('a'),
    ]) {
      expect(answer).toMatchObject({ kind: 'unavailable', reason: 'the storage answered 503' })
    }
    const gone = createSupabaseStorage({ ...fake, url: 'http://127.0.0.1:1', outbound })
    expect(await gone.get('a')).toMatchObject({ kind: 'unavailable' })
  })

  it('larger than we take are malformed, not an outage', async () => {
    fake.objects.set('a', Buffer.alloc(2000))
    const small = createSupabaseStorage({ ...fake, outbound, maxObjectBytes: 1000 })
    expect(await small.get('a')).toMatchObject({ kind: 'malformed' })
  })
})
