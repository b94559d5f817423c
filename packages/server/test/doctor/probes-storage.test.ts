/** The canary in real storages, of which each refuses it in its own way. */

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { probeStorage } from '../../src/doctor/probes/storage.ts'
import { createOutbound } from '../../src/outbound/http.ts'
import { createEncryptedStorage } from '../../src/storage/encrypted.ts'
import { createFsStorage } from '../../src/storage/fs.ts'
import { createS3Storage } from '../../src/storage/s3.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createSupabaseStorage } from '../../src/storage/supabase.ts'
import { testAsRoot } from '../outside.ts'
import { startS3Server } from '../storage/s3-server.ts'
import { startSupabaseFake } from '../storage/supabase-fake.ts'
import { createProbeBench, failures, rungs, signal } from './probes-bench.ts'

const run = promisify(execFile)
const bench = createProbeBench()
const well = ['write pass', 'read pass', 'compare pass', 'delete pass']

async function examine(storage: Storage, options: { secrets?: string[]; limitMs?: number } = {}) {
  return { reports: await probeStorage(storage, { signal, ...options }) }
}

async function s3(more: Partial<{ bucket: string; secretAccessKey: string; accessKeyId: string }> = {}) {
  const server = await startS3Server()
  bench.onEnd(() => server.stop())
  const { endpoint, region } = server
  const { bucket, accessKeyId, secretAccessKey } = { ...server, ...more }
  const outbound = createOutbound({ source: 'storage', baseUrl: endpoint })
  bench.onEnd(() => outbound.close())
  return createS3Storage({ bucketUrl: `${endpoint}/${bucket}`, region, accessKeyId, secretAccessKey, outbound })
}

describe('in files', () => {
  test('passes, and leaves nothing behind', async () => {
    const directory = await bench.directory()
    expect(rungs(await examine(createFsStorage({ directory })))).toEqual(well)
    const left = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
    expect(left).toEqual([])
  })

  testAsRoot('a full disk is told as one', async () => {
    const directory = await bench.directory()
    await run('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', directory])
    bench.onEnd(() => run('umount', [directory]))
    const inner = createFsStorage({ directory })
    await inner.put('filler', randomBytes(4096), 'application/octet-stream')
    const found = await examine(inner)
    expect(failures(found)).toEqual(['write HOST01'])
    expect(found.reports[0]?.remedy).toMatch(/full/)
    expect(rungs(found).slice(1)).toEqual(['read unknown', 'compare unknown', 'delete unknown'])
  })

  test('a directory that may not be written to is told', async () => {
    const directory = await bench.directory()
    const found = await examine({ ...createFsStorage({ directory }), put: async () => forbidden })
    expect(failures(found)).toEqual(['write KEY01'])
    expect(found.reports[0]?.remedy).toMatch(/data directory/)
  })
})

const forbidden = { kind: 'forbidden', reason: 'the file system said EACCES: permission denied' } as const

describe('in a bucket', () => {
  test('passes', async () => {
    expect(rungs(await examine(await s3()))).toEqual(well)
  })

  test('a bucket that is not there is told from a key that nobody knows', async () => {
    const missing = await examine(await s3({ bucket: 'nowhere' }))
    const unknownKey = await examine(await s3({ secretAccessKey: 'wrong-test-secret' }))
    expect([failures(missing), failures(unknownKey)]).toEqual([['write STO01'], ['write KEY01']])
    expect(missing.reports[0]?.remedy).toMatch(/Make the bucket/)
    expect(unknownKey.reports[0]?.remedy).toMatch(/does not know this key/)
    expect(JSON.stringify(unknownKey)).not.toContain('wrong-test-secret')
  })

  test('an encryption key that is not the one that wrote is told', async () => {
    const inner = await s3()
    const writing = createEncryptedStorage({ inner, key: randomBytes(32) })
    const reading = createEncryptedStorage({ inner, key: randomBytes(32) })
    expect(failures(await examine({ ...writing, get: reading.get }))).toEqual(['read KEY03'])
  })
})

describe('at Supabase', () => {
  async function supabase(serviceRoleKey: string, bucket = 'documents') {
    const fake = await startSupabaseFake()
    bench.onEnd(() => fake.stop())
    const outbound = createOutbound({ source: 'storage', baseUrl: fake.url })
    bench.onEnd(() => outbound.close())
    return { fake, storage: createSupabaseStorage({ url: fake.url, serviceRoleKey, bucket, outbound }) }
  }

  test.each([
    ['a policy that keeps the anon key out', '403', 'new row violates row-level security policy', 'KEY01', /anon key/],
    ['a key of another project', '403', 'signature verification failed', 'KEY01', /same project/],
    ['a bucket that nobody made', '404', 'Bucket not found', 'STO01', /Make the bucket/],
  ])('%s is told', async (_, statusCode, message, code, remedy) => {
    const { fake, storage } = await supabase('canary-of-a-key')
    fake.answer({ status: 400, body: JSON.stringify({ statusCode, error: 'Unauthorized', message }) })
    const found = await examine(storage, { secrets: ['canary-of-a-key'] })
    expect(failures(found)).toEqual([`write ${code}`])
    expect(found.reports[0]?.remedy).toMatch(remedy)
    expect(JSON.stringify(found)).not.toContain('canary-of-a-key')
  })
})

test('bytes that came back changed are told, and the canary is taken away', async () => {
  const inner = createFsStorage({ directory: await bench.directory() })
  const deleted: string[] = []
  const found = await examine({
    ...inner,
    get: async () => ({ kind: 'found', bytes: Buffer.from('of yesterday') }),
    async delete(key) {
      deleted.push(key)
      return inner.delete(key)
    },
  })
  expect(failures(found)).toEqual(['compare STO01'])
  expect(deleted).toEqual([expect.stringMatching(/^becket-canary\/[0-9a-f]{24}$/)])
})

test('a storage that never answers is not waited for', async () => {
  const inner = createFsStorage({ directory: await bench.directory() })
  const found = await examine({ ...inner, put: () => new Promise(() => {}) }, { limitMs: 50 })
  expect(rungs(found)).toEqual(['write unknown', 'read unknown', 'compare unknown', 'delete unknown'])
})
