import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeId, firstIdAt, type IdKind, idPrefixes, isId, timeOfId } from './id.ts'

// 2^48 - 1 ms: the last moment that a UUIDv7 can name, in the year 10889.
const LAST_MS = 2 ** 48 - 1

const kind = fc.constantFrom<IdKind>('callback', 'document', 'evidence', 'event', 'expectation', 'job')
const timeMs = fc.oneof(fc.nat({ max: LAST_MS }), fc.integer({ min: 1.6e12, max: 1.9e12 }))
const rest = fc.uint8Array({ minLength: 10, maxLength: 10 })

/** A UUIDv7 by hand: 48 bits of time, then version, variant and chance. */
function uuidAt(ms: number, random: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(ms, 0, 6)
  bytes.set(random, 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes
}

describe('an id', () => {
  it('tells the time at which it was made', () => {
    fc.assert(
      fc.property(kind, timeMs, rest, (which, ms, random) => {
        expect(timeOfId(encodeId(which, uuidAt(ms, random)))).toBe(ms)
      }),
    )
  })

  it('sorts as text in the order of time', () => {
    fc.assert(
      fc.property(kind, timeMs, timeMs, rest, rest, (which, one, other, random, more) => {
        fc.pre(one !== other)
        const [earlier, later] = one < other ? [one, other] : [other, one]
        expect(encodeId(which, uuidAt(earlier, random)) < encodeId(which, uuidAt(later, more))).toBe(true)
      }),
    )
  })

  it('is its bytes: two ids are the same only where the bytes are', () => {
    fc.assert(
      fc.property(kind, timeMs, rest, rest, (which, ms, random, more) => {
        const one = uuidAt(ms, random)
        const other = uuidAt(ms, more)
        expect(encodeId(which, one) === encodeId(which, other)).toBe(Buffer.compare(one, other) === 0)
      }),
    )
  })

  it('lies between the bounds of its time, so that a partition by time holds it', () => {
    fc.assert(
      fc.property(kind, fc.nat({ max: LAST_MS - 1 }), rest, (which, ms, random) => {
        const id = encodeId(which, uuidAt(ms, random))
        expect(firstIdAt(which, ms) <= id).toBe(true)
        expect(id < firstIdAt(which, ms + 1)).toBe(true)
        expect(timeOfId(firstIdAt(which, ms))).toBe(ms)
      }),
    )
  })

  it('is known by its kind, and by no other', () => {
    fc.assert(
      fc.property(kind, kind, timeMs, rest, (which, other, ms, random) => {
        const id = encodeId(which, uuidAt(ms, random))
        expect(isId(which, id)).toBe(true)
        if (other !== which) expect(isId(other, id)).toBe(false)
      }),
    )
  })

  it.each([
    ['nothing', ''],
    ['a prefix alone', 'job_'],
    ['one character too few', `job_${'0'.repeat(25)}`],
    ['one too many', `job_${'0'.repeat(27)}`],
    ['a letter that the alphabet leaves out', `job_${'0'.repeat(25)}u`],
    ['capitals', `job_${'0'.repeat(25)}A`],
    ['more than 128 bits', `job_8${'0'.repeat(25)}`],
    ['SQL behind it', `job_${'0'.repeat(26)}' or 1=1`],
    ['a line behind it', `job_${'0'.repeat(26)}\n`],
  ])('is not %s', (_, text) => {
    expect(isId('job', text)).toBe(false)
  })

  it('has a prefix of its own for each kind', () => {
    const prefixes = Object.values(idPrefixes)
    expect(new Set(prefixes).size).toBe(prefixes.length)
  })
})
