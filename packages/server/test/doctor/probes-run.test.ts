/** All probes together: side by side, ended in time, and without a secret in what they say. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTokenKeys } from '../../src/core/callback-token.ts'
import { type Machine, probeMachine } from '../../src/doctor/probes/machine.ts'
import { type ProbeTargets, runProbes } from '../../src/doctor/probes/run-probes.ts'
import { createFsStorage } from '../../src/storage/fs.ts'
import { createProbeBench, failures, of, signal } from './probes-bench.ts'

const bench = createProbeBench()
const keys = createTokenKeys([{ id: 'k1', key: Buffer.alloc(32, 1) }])

async function targets(): Promise<ProbeTargets> {
  const dataDir = await bench.directory()
  const ping = async () => ({ kind: 'ok' as const, clockMs: Date.now() })
  return {
    database: { url: (await bench.database()).url },
    storage: createFsStorage({ directory: await bench.directory() }),
    sources: [{ id: 'orders', kind: 'openai', enabled: true, api: { ping } }],
    sinks: [{ id: 'rows', kind: 'webhook', enabled: true, api: {} }],
    machine: { dataDir, machine: roomy },
  }
}

const roomy: Partial<Machine> = {
  disk: async () => ({ bsize: 4096, blocks: 1e9, bavail: 1e8, files: 1e6, ffree: 1e6 }),
  limits: async () => 'Max open files            65536                65536                files\n',
  openFiles: async () => 50,
  memory: () => ({ available: 2 ** 30, limit: null }),
}

test('when all is well nothing fails, in under five seconds', async () => {
  const all = await targets()
  const startedMs = performance.now()
  const reports = await runProbes(all)
  expect(performance.now() - startedMs).toBeLessThan(5_000)
  expect(failures({ reports })).toEqual([])
  const told = new Set(reports.map(({ target }) => target))
  expect([...told].sort()).toEqual(['database', 'machine', 'sink rows', 'source orders', 'storage'])
  expect(reports.filter(({ status }) => status === 'unknown').map(({ target, rung }) => `${target} ${rung}`)).toEqual([
    'sink rows key',
  ])
})

test('one that hangs is unknown when the time is over, and the others are told', async () => {
  const all = await targets()
  const hanging = { id: 'stuck', kind: 'openai', enabled: true, api: { ping: () => new Promise<never>(() => {}) } }
  const port = await bench.listening(() => {})
  const url = `postgres://u:test-password@127.0.0.1:${port}/d`
  const startedMs = performance.now()
  const reports = await runProbes(
    { ...all, sources: [...(all.sources ?? []), hanging], database: { url } },
    { deadlineMs: 600 },
  )
  expect(performance.now() - startedMs).toBeLessThan(2_500)
  expect(reports.find(({ target }) => target === 'source stuck')?.status).toBe('unknown')
  expect(reports.find(({ target }) => target === 'source orders')?.status).toBe('pass')
  expect(
    reports
      .filter(({ target }) => target === 'database')
      .some(({ rung, status }) => rung === 'query' && status !== 'unknown'),
  ).toBe(false)
})

test('whoever breaks off is unknown, and holds up no other', async () => {
  const broken = {
    id: 'broken',
    kind: 'openai',
    enabled: true,
    api: { ping: () => Promise.reject(new Error('a bug, with canary-of-a-key in it')) },
  }
  const reports = await runProbes({ sources: [broken] }, { secrets: ['canary-of-a-key'] })
  expect(reports).toMatchObject([
    { target: 'source broken', status: 'unknown', evidence: expect.stringMatching(/a bug/) },
  ])
  expect(JSON.stringify(reports)).not.toContain('canary-of-a-key')
})

test('what was given up before it began is unknown throughout', async () => {
  const reports = await runProbes(await targets(), { signal: AbortSignal.abort() })
  expect(new Set(reports.filter(({ rung }) => rung !== 'clock').map(({ status }) => status))).toEqual(
    new Set(['unknown']),
  )
})

test('a provider whose clock is far from ours is told', async () => {
  const ping = async () => ({ kind: 'ok' as const, clockMs: Date.now() - 3_600_000 })
  const source = { id: 'orders', kind: 'openai', enabled: true, api: { ping } }
  const reports = await runProbes({ sources: [source], machine: { dataDir: await bench.directory(), machine: roomy } })
  expect(of({ reports }, 'clock')).toMatchObject({
    status: 'fail',
    code: 'CLK01',
    evidence: expect.stringMatching(/1 h behind/),
  })
})

test('no secret comes out, in any spelling, wherever it was put', async () => {
  const canary = 'canary+of/a secret='
  const ping = async () => ({ kind: 'key-rejected' as const, reason: `no: ${canary} ${encodeURIComponent(canary)}` })
  const storage = createFsStorage({ directory: await bench.directory() })
  const base64 = Buffer.from(canary).toString('base64')
  const reports = await runProbes(
    {
      database: {
        url: `postgres://u:${encodeURIComponent(canary)}@127.0.0.1:1/d?application_name=${encodeURIComponent(canary)}`,
      },
      storage: { ...storage, put: async () => ({ kind: 'forbidden', reason: `${base64} is unknown` }) },
      sources: [{ id: 'orders', kind: 'openai', enabled: true, api: { ping } }],
      callback: { publicUrl: `http://127.0.0.1:1/${encodeURIComponent(canary)}`, keys, environment: 'production' },
    },
    { secrets: [canary] },
  )
  const told = JSON.stringify(reports)
  expect(failures({ reports })).toEqual(
    expect.arrayContaining(['write KEY01', 'key KEY01', 'connect NET01', 'self-test HK02']),
  )
  for (const form of [canary, encodeURIComponent(canary), base64]) expect(told).not.toContain(form)
})

describe('this machine', () => {
  test('tells of itself without being told', async () => {
    const dataDir = await bench.directory()
    await writeFile(join(dataDir, 'file'), 'x')
    const reports = await probeMachine({ signal, dataDir })
    expect(reports.map(({ rung }) => rung)).toEqual(['disk', 'open files', 'memory', 'IPv6'])
    expect(of({ reports }, 'disk')?.evidence).toMatch(/MiB are free/)
  })

  test.each<[string, Partial<Machine>, string]>([
    [
      'a disk that is nearly full',
      { disk: async () => ({ bsize: 4096, blocks: 1e6, bavail: 10, files: 1e6, ffree: 1e6 }) },
      'disk HOST01',
    ],
    [
      'a disk without room for files',
      { disk: async () => ({ bsize: 4096, blocks: 1e9, bavail: 1e8, files: 1e6, ffree: 9 }) },
      'disk HOST01',
    ],
    [
      'a low limit of open files',
      { limits: async () => 'Max open files            256                  4096   files' },
      'open files HOST02',
    ],
    ['a limit that is nearly reached', { openFiles: async () => 65_000 }, 'open files HOST02'],
    ['no memory left', { memory: () => ({ available: 2 ** 20, limit: 2 ** 28 }) }, 'memory HOST03'],
  ])('%s is told', async (_, machine, failure) => {
    const reports = await probeMachine({ signal, dataDir: await bench.directory(), machine: { ...roomy, ...machine } })
    expect(failures({ reports })).toEqual([failure])
  })

  test('what it does not tell is unknown', async () => {
    const machine: Partial<Machine> = {
      ...roomy,
      limits: async () => null,
      memory: () => ({ available: null, limit: null }),
    }
    const reports = await probeMachine({ signal, dataDir: await bench.directory(), machine })
    expect(reports.map(({ status }) => status)).toEqual(['pass', 'unknown', 'unknown', 'pass'])
  })
})
