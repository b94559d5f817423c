import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { InboundCallback } from '../provider.ts'
import { readCallback, readEventId } from './prediction.ts'

const callback = (body: unknown, headers: Record<string, string> = {}): InboundCallback => ({
  method: 'POST',
  headers,
  body: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
  hints: {},
})
const read = (facts: object) => readCallback(callback({ id: 'p1', output: null, error: null, ...facts }))

describe('a prediction', () => {
  test('that succeeded brings what the model made, and when', () => {
    expect(read({ status: 'succeeded', output: ['u1'], completed_at: '2026-11-22T10:00:00.5Z' })).toEqual({
      kind: 'outcome',
      externalId: 'p1',
      outcome: {
        verdict: 'succeeded',
        output: { ref: 'p1', output: ['u1'] },
        providerTime: '2026-11-22T10:00:00.500Z',
      },
    })
  })

  test.each([0, false, 'text', { a: 1 }])('may have made %j', (output) => {
    expect(read({ status: 'succeeded', output })).toMatchObject({ outcome: { output: { output } } })
  })

  test.each([null, undefined, '', [], {}])('that succeeded with %j has proved nothing', (output) => {
    expect(read({ status: 'succeeded', output })).toMatchObject({ kind: 'unreadable' })
  })

  test.each<[string, unknown, object]>([
    ['failed', 'out of memory', { code: 'PREDICTION_FAILED', message: 'out of memory', retryable: true }],
    ['failed', null, { message: 'Replicate failed and did not say why' }],
    ['canceled', null, { code: 'PREDICTION_CANCELLED', retryable: false }],
    ['cancelled', null, { code: 'PREDICTION_CANCELLED', retryable: false }],
  ])('that is %s with %j has failed', (status, error, told) => {
    expect(read({ status, error })).toMatchObject({ outcome: { verdict: 'failed', error: told } })
  })

  test.each(['starting', 'processing'])('that is %s goes on', (status) => {
    expect(read({ status })).toEqual({ kind: 'progress', externalId: 'p1' })
  })

  test.each(['aborted', '', 7, null])('whose status is %j is put aside', (status) => {
    expect(read({ status }).kind).toBe('unreadable')
  })
})

test('any bytes and any JSON get a reading', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.uint8Array()), (body) => {
      const bytes = body instanceof Uint8Array ? Buffer.from(body) : body
      expect(['outcome', 'progress', 'unreadable']).toContain(readCallback(callback(bytes)).kind)
    }),
  )
})

test('a delivery is known by the id in its header', () => {
  expect(readEventId(callback({}, { 'webhook-id': 'msg_1' }))).toBe('msg_1')
  expect(readEventId(callback({ id: 'p1' }))).toBeNull()
})
