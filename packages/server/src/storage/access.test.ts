import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryGate } from '../../test/storage/memory-gate.ts'
import { closedBreaker } from '../core/breaker.ts'
import { type AccessPurpose, type AccessRecord, type AccessResult, accessObject } from './access.ts'
import { contentOf, type PromisedContent } from './proof.ts'
import type { GetAnswer, Storage, StorageFault } from './storage.ts'

const content = Buffer.from('the whole document')
const promised = contentOf(content)
const found: GetAnswer = { kind: 'found', bytes: content }
const faultOf = (kind: StorageFault['kind']): GetAnswer => ({ kind, reason: `it is ${kind}` })

/** A storage that reads its answers from a script, a breaker in memory, and a clock that moves only by hand. */
function setup(script: GetAnswer[], expected: PromisedContent | null = promised) {
  let nowMs = 1_000_000
  let reads = 0
  let history: AccessRecord | null = null
  const unused = async (): Promise<never> => {
    throw new Error('accessing an object only reads it')
  }
  const storage: Storage = {
    name: 'scripted',
    put: unused,
    scan: unused,
    getStart: unused,
    head: unused,
    delete: unused,
    async get() {
      const answer = script[reads++]
      if (answer === undefined) throw new Error('the script is over')
      return answer
    },
  }
  const gate = createMemoryGate(() => nowMs)
  return {
    gate,
    reads: () => reads,
    now: () => nowMs,
    wait: (ms: number) => {
      nowMs += ms
    },
    async once(purpose?: AccessPurpose): Promise<AccessResult> {
      const ticks = [0, 7]
      const clock = () => ticks.shift() ?? 0
      const result = await accessObject({
        storage,
        gate,
        key: 'a/b',
        purpose,
        ...(expected === null ? {} : { expected }),
        // As it comes back from the job's row.
        history: history === null ? null : (JSON.parse(JSON.stringify(history)) as AccessRecord),
        nowMs,
        clock,
      })
      history = result.record
      return result
    },
    /** As the one table of time does it: wait as told, and try again. */
    async toTheEnd(purpose?: AccessPurpose): Promise<AccessResult[]> {
      const results: AccessResult[] = []
      for (;;) {
        const result = await this.once(purpose)
        results.push(result)
        if (result.kind === 'read' || result.kind === 'failed') return results
        nowMs = result.kind === 'retry' ? nowMs + result.afterMs : result.untilMs
      }
    },
  }
}

describe('reading a document’s file', () => {
  it('gives the bytes that were promised, with a record of the time it took', async () => {
    const result = await setup([found]).once()
    expect(result).toEqual({
      kind: 'read',
      bytes: content,
      record: {
        start: 1_000_000,
        accessStart: 1_000_000,
        accessEnd: 1_000_007,
        attempts: [{ at: 1_000_000, tookMs: 7, outcome: 'read' }],
        error: null,
        race: false,
        postponements: 0,
      },
    })
  })

  it.each(['missing', 'forbidden', 'malformed', 'unavailable'] as const)(
    'that is %s is tried four times, after 1, 2 and 4 s, and then fails',
    async (kind) => {
      const access = setup([faultOf(kind), faultOf(kind), faultOf(kind), faultOf(kind)])
      const results = await access.toTheEnd()
      expect(results.map((result) => (result.kind === 'retry' ? result.afterMs : result.kind))).toEqual([
        1000,
        2000,
        4000,
        'failed',
      ])
      expect(results.at(-1)).toMatchObject({
        fault: { kind },
        record: { start: 1_000_000, accessEnd: 1_007_007, error: faultOf(kind), race: false },
      })
    },
  )

  it('that was just written is looked for sooner and longer, and seen later is no race', async () => {
    const late = [...Array.from({ length: 8 }, () => faultOf('missing')), found]
    const results = await setup(late).toTheEnd('proof')
    const steps = results.map((result) => (result.kind === 'retry' ? result.afterMs : result.kind))
    expect(steps).toEqual([120, 190, 300, 480, 770, 1230, 1970, 3150, 'read'])
    expect(results.at(-1)).toMatchObject({ kind: 'read', record: { race: false, error: null } })
  })

  it('that is encrypted with another key fails at once', async () => {
    const result = await setup([faultOf('wrong-key')]).once()
    expect(result).toMatchObject({ kind: 'failed', fault: { kind: 'wrong-key' }, record: { accessEnd: 1_000_007 } })
  })

  it.each([
    ['missing', true],
    ['forbidden', true],
    ['malformed', false],
    ['unavailable', false],
  ] as const)('that was %s and then found is a race: %s', async (kind, race) => {
    const result = (await setup([faultOf(kind), found]).toTheEnd()).at(-1)
    expect(result).toMatchObject({ kind: 'read', record: { race, error: null } })
  })

  it.each([
    ['empty', Buffer.alloc(0), 'nothing was read where 18 bytes were promised'],
    ['short', content.subarray(0, 5), '5 bytes were read where 18 bytes were promised'],
    ['other', Buffer.from('the whole DOCUMENT'), 'the SHA-256 is'],
  ])('that comes %s is malformed, and tried again', async (_name, bytes, reason) => {
    const access = setup([{ kind: 'found', bytes }, found])
    const first = await access.once()
    expect(first).toMatchObject({ kind: 'retry', afterMs: 1000, fault: { kind: 'malformed' } })
    expect(first.record.error?.reason).toContain(reason)
    expect((await access.once()).kind).toBe('read')
  })

  it('without a promise is given as it lies there', async () => {
    const empty = Buffer.alloc(0)
    const result = await setup([{ kind: 'found', bytes: empty }], null).once()
    expect(result).toMatchObject({ kind: 'read', bytes: empty })
  })

  it('accepts a promise in capital letters', async () => {
    const shouted = { bytes: promised.bytes, sha256: promised.sha256.toUpperCase() }
    expect((await setup([found], shouted).once()).kind).toBe('read')
  })

  it('is postponed, not tried, while the breaker is open', async () => {
    const access = setup([found])
    const open = { state: 'open', failures: 5, openedCount: 1, reason: 'down', openedAtMs: 0 } as const
    access.gate.breaker = { ...open, retryAtMs: access.now() + 30_000 }
    const results = await access.toTheEnd()
    expect(results[0]).toMatchObject({
      kind: 'postponed',
      untilMs: 1_030_000,
      code: 'FILE_ACCESS_CIRCUIT_BREAKER_OPEN',
      record: { accessStart: null, attempts: [], postponements: 1 },
    })
    expect(results[1]).toMatchObject({
      kind: 'read',
      record: { start: 1_000_000, accessStart: 1_030_000, postponements: 1 },
    })
    expect(access.gate.breaker.state).toBe('closed')
  })

  it('loses none of its attempts to an outage, however long', async () => {
    const outage = Array.from({ length: 40 }, () => faultOf('unavailable'))
    const access = setup([...outage, found])
    access.gate.breaker = { state: 'closed', failures: 4, openedCount: 0, reason: 'down' }
    const results = await access.toTheEnd()
    expect(results.slice(0, -1).every((result) => result.kind === 'postponed')).toBe(true)
    expect(results.at(-1)).toMatchObject({ kind: 'read', record: { postponements: 40, race: false } })
    expect(results.at(-1)?.record.attempts).toHaveLength(1)
  })

  it('blames the storage only for its own faults', async () => {
    for (const kind of ['missing', 'forbidden', 'malformed', 'wrong-key'] as const) {
      const access = setup([faultOf(kind)])
      access.gate.breaker = { state: 'closed', failures: 4, openedCount: 0, reason: 'down' }
      await access.once()
      expect(access.gate.breaker).toEqual(closedBreaker)
    }
    const down = setup([faultOf('unavailable')])
    await down.once()
    expect(down.gate.breaker).toMatchObject({ failures: 1, reason: 'it is unavailable' })
  })

  it('does not blame the storage for content that is not the promised one', async () => {
    const access = setup([{ kind: 'found', bytes: Buffer.alloc(0) }])
    await access.once()
    expect(access.gate.breaker.failures).toBe(0)
  })

  it('begins anew where the last access had ended', async () => {
    const access = setup([faultOf('wrong-key'), found])
    await access.once()
    access.wait(60_000)
    expect(await access.once()).toMatchObject({ kind: 'read', record: { start: 1_060_000, race: false } })
  })

  it('takes at most four attempts, and gives nothing without proof, whatever the storage does', async () => {
    const answers = fc.oneof(
      fc.constant(found),
      fc.constantFrom(...(['missing', 'forbidden', 'unavailable', 'malformed', 'wrong-key'] as const)).map(faultOf),
      fc.uint8Array({ maxLength: 30 }).map((bytes): GetAnswer => ({ kind: 'found', bytes: Buffer.from(bytes) })),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(answers, { minLength: 30, maxLength: 30 }), async (script) => {
        const access = setup([...script, found])
        const results = await access.toTheEnd()
        const last = results.at(-1)
        const record = last?.record
        expect(record?.attempts.length).toBeLessThanOrEqual(4)
        expect(record?.accessEnd).not.toBeNull()
        expect(results.every((result) => result.record.start === 1_000_000)).toBe(true)
        if (last?.kind === 'read') expect(contentOf(last.bytes)).toEqual(promised)
        const postponements = results.filter((result) => result.kind === 'postponed').length
        expect(record?.postponements).toBe(postponements)
        expect(access.reads()).toBeLessThanOrEqual(4 + postponements)
      }),
    )
  })
})
