import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { correlationCandidates, correlationKey, dedupKey, keyHash } from './correlation.ts'
import { encodeId } from './id.ts'

const bodyHash = Buffer.alloc(32, 1)
const expectationId = encodeId('expectation', new Uint8Array(16).fill(3))
const jobId = encodeId('job', new Uint8Array(16).fill(4))
const nothing = { tokenExpectationId: null, payloadExternalId: null, hints: {} }

describe('correlation keys', () => {
  it('differ wherever source or id differ, however the two are cut', () => {
    const pair = fc.tuple(fc.string(), fc.string())
    fc.assert(
      fc.property(pair, pair, (left, right) => {
        fc.pre(left[0] !== right[0] || left[1] !== right[1])
        expect(correlationKey(...left).equals(correlationKey(...right))).toBe(false)
      }),
    )
    expect(correlationKey('ab', 'c').equals(correlationKey('a', 'bc'))).toBe(false)
  })

  it('are never the hash of an expectation’s key', () => {
    expect(keyHash('a', '', 'b').equals(correlationKey('a', 'b'))).toBe(false)
    expect(keyHash('a', 'b', 'c').equals(keyHash('a', 'bc', ''))).toBe(false)
  })

  it('are kept for ids that are asked for again, and not for what is too long to be one', () => {
    const [usual, long] = ['work-1', 'x'.repeat(100_000)]
    expect(correlationKey('orders', usual)).toBe(correlationKey('orders', usual))
    expect(correlationKey('orders', long)).not.toBe(correlationKey('orders', long))
    expect(correlationKey('orders', long)).toEqual(correlationKey('orders', long))
  })

  it('stay the same from release to release, since they are stored', () => {
    expect(correlationKey('llamaparse', 'job-1').toString('hex')).toBe(
      'e69cfde2cd2c3769e4890afb182f17df48108eeff0ccff46cb55e942dc7b55aa',
    )
    expect(keyHash('llamaparse', 'parse', 'doc-1').toString('hex')).toBe(
      '5f3a03b976fec0331e599b5ff7dee98c6403e49cd1a74720c8607d3ca4fab059',
    )
    const delivery = { source: 'llamaparse', scope: '/in/llamaparse', eventId: 'evt-1', bodyHash }
    expect(dedupKey(delivery).toString('hex')).toBe('e50d87c20d9eb9b00afb0005a0b308d5ed3d8b6f9d322bb6332cd0dc07e0c895')
  })
})

describe('the identity of a delivery', () => {
  const delivery = { source: 'orders', scope: '/in/orders', eventId: 'evt-1', bodyHash }

  it('is the event’s, where there is one, whatever the body', () => {
    const other = { ...delivery, bodyHash: Buffer.alloc(32, 2) }
    expect(dedupKey(other)).toEqual(dedupKey(delivery))
  })

  it.each([null, '', 'null'])('is the body’s, where the event id is %j', (eventId) => {
    const other = { ...delivery, eventId, bodyHash: Buffer.alloc(32, 2) }
    expect(dedupKey({ ...delivery, eventId })).toEqual(dedupKey({ ...delivery, eventId: null }))
    expect(dedupKey(other)).not.toEqual(dedupKey({ ...delivery, eventId }))
  })

  it('is another at another source or in another scope', () => {
    expect(dedupKey({ ...delivery, source: 'nca' })).not.toEqual(dedupKey(delivery))
    expect(dedupKey({ ...delivery, scope: expectationId })).not.toEqual(dedupKey(delivery))
  })

  it('of an event is never that of a body', () => {
    const named = { ...delivery, eventId: bodyHash.toString('latin1') }
    expect(dedupKey(named)).not.toEqual(dedupKey({ ...delivery, eventId: null }))
  })
})

describe('the ways to find an expectation', () => {
  it('are tried from the surest to the least sure', () => {
    const candidates = correlationCandidates({
      tokenExpectationId: expectationId,
      payloadExternalId: 'ext-1',
      hints: { job_id: jobId, operation: 'combine', external_id: 'ext-2' },
    })
    expect(candidates).toEqual([
      { by: 'expectation', from: 'token', expectationId },
      { by: 'external-id', from: 'payload', externalId: 'ext-1' },
      { by: 'external-id', from: 'url', externalId: 'ext-2' },
      { by: 'external-id', from: 'url', externalId: jobId },
      { by: 'key', from: 'url', key: jobId, operation: 'combine' },
      { by: 'job', from: 'url', jobId },
    ])
  })

  it('are found by the URL alone where the payload’s id is null', () => {
    const candidates = correlationCandidates({ ...nothing, hints: { job_id: 'rec123', operation: 'add_music' } })
    expect(candidates).toEqual([
      { by: 'external-id', from: 'url', externalId: 'rec123' },
      { by: 'key', from: 'url', key: 'rec123', operation: 'add_music' },
    ])
  })

  it('count once, with the surer origin, where payload and URL say the same', () => {
    const candidates = correlationCandidates({ ...nothing, payloadExternalId: 'ext-1', hints: { id: 'ext-1' } })
    expect(candidates).toEqual([{ by: 'external-id', from: 'payload', externalId: 'ext-1' }])
  })

  it('include our own id where the provider echoes it', () => {
    const candidates = correlationCandidates({
      ...nothing,
      payloadExternalId: expectationId,
      hints: { expectation_id: expectationId },
    })
    expect(candidates).toEqual([
      { by: 'expectation', from: 'payload', expectationId },
      { by: 'external-id', from: 'payload', externalId: expectationId },
    ])
  })

  it.each(['', ' ', 'null', 'undefined', 'None', '{job_id}', '{{job_id}}'])('take %j for no id at all', (blank) => {
    const hints = { job_id: blank, key: blank, operation: blank, expectation: blank }
    expect(correlationCandidates({ ...nothing, payloadExternalId: blank, hints })).toEqual([])
  })

  it('are not misled by names that objects inherit', () => {
    expect(correlationCandidates({ ...nothing, hints: Object.create({ job_id: 'inherited' }) })).toEqual([])
  })

  it('are never listed twice, and the token always comes first', () => {
    const values = fc.constantFrom('a', 'b', expectationId, jobId, 'null', '')
    const names = fc.constantFrom('job_id', 'jobId', 'id', 'key', 'external_id', 'expectation', 'operation')
    const hints = fc.dictionary(names, values)
    fc.assert(
      fc.property(fc.option(values), hints, (payloadExternalId, given) => {
        const known = { tokenExpectationId: expectationId, payloadExternalId, hints: given }
        const candidates = correlationCandidates(known)
        const ways = candidates.map(({ from: _, ...way }) => JSON.stringify(way))
        expect(new Set(ways).size).toBe(ways.length)
        expect(candidates[0]).toEqual({ by: 'expectation', from: 'token', expectationId })
        expect(correlationCandidates(known)).toEqual(candidates)
      }),
    )
  })
})
