import { createStorage as createStandIn, type StorageOptions } from '@becket/rehearsal'
import { afterEach, describe, expect, it } from 'vitest'
import { createOutbound } from '../../src/outbound/http.ts'
import { type AccessResult, accessObject } from '../../src/storage/access.ts'
import { contentOf } from '../../src/storage/proof.ts'
import { createSupabaseStorage } from '../../src/storage/supabase.ts'
import { createMemoryGate } from './memory-gate.ts'

const content = Buffer.from('%PDF-1.7 the whole document')
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** The stand-in of Supabase over HTTP, on a clock that only the waits told by the access move. */
async function setup(faults: StorageOptions['faults']) {
  let nowMs = Date.UTC(2026, 0, 1)
  const standIn = createStandIn({ environment: 'test', seed: 1, now: () => nowMs, faults })
  const { baseUrl: url, apiKey: serviceRoleKey, bucket } = await standIn.start()
  const outbound = createOutbound({ source: 'storage', baseUrl: url })
  closers.push(
    () => standIn.stop(),
    () => outbound.close(),
  )
  const storage = createSupabaseStorage({ url, serviceRoleKey, bucket, outbound })
  const gate = createMemoryGate(() => nowMs)

  async function readToTheEnd(): Promise<{ last: AccessResult; steps: string[] }> {
    const steps: string[] = []
    let last: AccessResult | null = null
    for (;;) {
      const history = last?.record ?? null
      last = await accessObject({ storage, gate, key: 'a/source.pdf', expected: contentOf(content), history, nowMs })
      steps.push(last.kind === 'retry' ? `${last.fault.kind}, then ${last.afterMs} ms` : last.kind)
      if (last.kind === 'read' || last.kind === 'failed') return { last, steps }
      nowMs = last.kind === 'retry' ? nowMs + last.afterMs : last.untilMs
    }
  }
  return { storage, gate, readToTheEnd, put: () => storage.put('a/source.pdf', content, 'application/pdf') }
}

describe('a document in a storage that misbehaves', () => {
  it('that is visible late is read once it is, and the race is recorded', async () => {
    const { put, readToTheEnd } = await setup({ visibleLate: { by: 2500 } })
    expect(await put()).toEqual({ kind: 'stored' })
    const { last, steps } = await readToTheEnd()
    expect(steps).toEqual(['missing, then 1000 ms', 'missing, then 2000 ms', 'read'])
    expect(last).toMatchObject({ kind: 'read', bytes: content, record: { race: true, error: null } })
  })

  it('that never becomes visible fails as missing, and does not open the breaker', async () => {
    const { readToTheEnd, gate } = await setup({})
    for (let count = 0; count < 3; count++) {
      expect((await readToTheEnd()).last).toMatchObject({ kind: 'failed', fault: { kind: 'missing' } })
    }
    expect(gate.breaker).toMatchObject({ state: 'closed', failures: 0 })
  })

  it('that reads empty is not taken for empty', async () => {
    const { put, readToTheEnd } = await setup({ emptyRead: { attempts: 2 } })
    await put()
    const { last, steps } = await readToTheEnd()
    expect(steps).toEqual(['malformed, then 1000 ms', 'malformed, then 2000 ms', 'read'])
    expect(last.record.race).toBe(false)
  })

  it('that is away for minutes costs a document time, not its life', async () => {
    const { put, readToTheEnd, gate } = await setup({ unavailable: { attempts: 8, on: ['get'] } })
    await put()
    gate.breaker = { state: 'closed', failures: 2, openedCount: 0, reason: null }
    const { last, steps } = await readToTheEnd()
    expect(steps).toEqual([
      'unavailable, then 1000 ms',
      'unavailable, then 2000 ms',
      ...Array.from({ length: 6 }, () => 'postponed'),
      'read',
    ])
    expect(last.record).toMatchObject({ postponements: 6, error: null })
    expect(gate.breaker).toMatchObject({ state: 'closed', openedCount: 1 })
  })
})
