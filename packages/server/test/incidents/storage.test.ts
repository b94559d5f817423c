/** Incidents of storages that were not set up: what the canary says, from where the worker stands. */
import { expect, test } from 'vitest'
import { probeStorage } from '../../src/doctor/probes/storage.ts'
import { createOutbound } from '../../src/outbound/http.ts'
import { createFsStorage } from '../../src/storage/fs.ts'
import { createSupabaseStorage } from '../../src/storage/supabase.ts'
import { createProbeBench, signal } from '../doctor/probes-bench.ts'
import { startSupabaseFake } from '../storage/supabase-fake.ts'

const bench = createProbeBench()

test.each<[string, string, string, string, RegExp]>([
  [
    'A-012: a policy that keeps the key out is told from a key that nobody knows',
    '403',
    'new row violates row-level security policy',
    'KEY01',
    /service role’s key and not the anon key/,
  ],
  [
    'A-024: a bucket that nobody made in this environment is told',
    '404',
    'Bucket not found',
    'STO01',
    /Make the bucket/,
  ],
  [
    'A-031: a 400 of the storage is told by what it says, not by its status',
    '403',
    'jwt malformed',
    'KEY01',
    /does not know this key/,
  ],
  [
    'C-029: a key of another project is told where addresses are signed with it',
    '403',
    'signature verification failed',
    'KEY01',
    /of the same project as the URL/,
  ],
])('%s', async (_name, statusCode, message, code, remedy) => {
  const fake = await startSupabaseFake()
  bench.onEnd(() => fake.stop())
  const outbound = createOutbound({ source: 'storage', baseUrl: fake.url })
  bench.onEnd(() => outbound.close())
  const key = 'canary-of-a-key'
  const storage = createSupabaseStorage({ url: fake.url, serviceRoleKey: key, bucket: 'documents', outbound })
  // The storage answers 400, whatever is wrong.
  fake.answer({ status: 400, body: JSON.stringify({ statusCode, error: 'Unauthorized', message }) })
  const [write, ...further] = await probeStorage(storage, { signal, secrets: [key] })
  expect(write).toMatchObject({ rung: 'write', status: 'fail', code, remedy: expect.stringMatching(remedy) })
  expect(further.map(({ status }) => status)).toEqual(['unknown', 'unknown', 'unknown'])
})

test('C-013: a storage that says that it wrote, and did not, is told by reading back', async () => {
  const inner = createFsStorage({ directory: await bench.directory() })
  const forgetful = { ...inner, put: async () => ({ kind: 'stored' as const }) }
  const reports = await probeStorage(forgetful, { signal })
  expect(reports.map(({ rung, status }) => `${rung} ${status}`).slice(0, 2)).toEqual(['write pass', 'read fail'])
  expect(reports[1]).toMatchObject({ code: 'STO01', remedy: expect.stringMatching(/loses objects/) })
})
