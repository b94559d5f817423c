import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NewCallback } from '../store/callbacks.ts'
import { decodeRecord, encodeRecord } from './spool-record.ts'

const text = fc.string({ unit: 'binary' })
const bytes = (constraints: fc.IntArrayConstraints = {}) =>
  fc.uint8Array(constraints).map((array) => Buffer.from(array))

const callbacks: fc.Arbitrary<NewCallback> = fc.record({
  id: text,
  source: text,
  receivedAtMs: fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }),
  method: text,
  url: text,
  headers: fc.array(fc.tuple(text, text), { maxLength: 5 }),
  body: bytes({ maxLength: 5_000 }),
  remoteAddress: text,
  verdict: fc.constantFrom('verified', 'token', 'unsigned', 'refused'),
  verdictReason: fc.option(text),
  tokenExpectation: fc.option(text),
  hints: fc.dictionary(fc.oneof(text, fc.constant('__proto__')), text, { maxKeys: 5, noNullPrototype: true }),
  dedupKey: fc.option(bytes({ maxLength: 64 })),
  bodyHash: bytes({ maxLength: 64 }),
})

describe('a record of the spool', () => {
  test('gives back the callback that was written, whatever it holds', () => {
    fc.assert(
      fc.property(callbacks, (callback) => {
        expect(decodeRecord(encodeRecord(callback))).toEqual({ kind: 'callback', callback })
      }),
    )
  })

  test('keeps half a character as it came', () => {
    const [callback] = fc.sample(callbacks, 1)
    if (callback === undefined) throw new Error('unreachable: one was asked for')
    const half = { ...callback, hints: { job_id: '\ud800' } }
    expect(decodeRecord(encodeRecord(half))).toEqual({ kind: 'callback', callback: half })
  })

  test('says that it is damaged, whichever byte is another one', () => {
    fc.assert(
      fc.property(callbacks, fc.nat(), fc.integer({ min: 1, max: 255 }), (callback, at, change) => {
        const record = encodeRecord(callback)
        const index = at % record.length
        record.writeUInt8(record.readUInt8(index) ^ change, index)
        expect(decodeRecord(record).kind).toBe('unreadable')
      }),
    )
  })

  test('says that it is cut off, wherever that is', () => {
    fc.assert(
      fc.property(callbacks, fc.nat(), (callback, at) => {
        const record = encodeRecord(callback)
        expect(decodeRecord(record.subarray(0, at % record.length)).kind).toBe('unreadable')
      }),
    )
  })
})
