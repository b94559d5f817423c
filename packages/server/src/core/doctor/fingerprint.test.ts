import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fingerprintOf, isSameThing, type Mark } from './fingerprint.ts'

const key = Buffer.alloc(32, 1)
const other = Buffer.alloc(32, 2)

describe('a fingerprint', () => {
  it('is equal for equal values, and for nothing else', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (name, value, otherName, otherValue) => {
        const isEqual = name === otherName && value === otherValue
        const one = fingerprintOf(key, 'value', name, value)
        expect(one === fingerprintOf(key, 'value', otherName, otherValue)).toBe(isEqual)
        expect(one).toBe(fingerprintOf(key, 'value', name, value))
      }),
    )
  })

  it('tells nothing across keys, purposes and names', () => {
    const one = fingerprintOf(key, 'value', 'A', 'x')
    expect(fingerprintOf(other, 'value', 'A', 'x')).not.toBe(one)
    expect(fingerprintOf(key, 'identity', 'A', 'x')).not.toBe(one)
    expect(fingerprintOf(key, 'value', 'B', 'x')).not.toBe(one)
  })

  it('does not let a name run into its value', () => {
    expect(fingerprintOf(key, 'value', 'AB', 'C')).not.toBe(fingerprintOf(key, 'value', 'A', 'BC'))
  })
})

describe('two marks', () => {
  const set = (value: string, identity: string | null = null): Mark => ({ kind: 'set', value, identity })

  it.each<[string, Mark, Mark, boolean | null]>([
    ['one value', set('a'), set('a'), true],
    ['two values', set('a'), set('b'), false],
    ['two ways to one thing', set('a', 'x'), set('b', 'x'), true],
    ['set and absent', set('a'), { kind: 'absent' }, false],
    ['both absent', { kind: 'absent' }, { kind: 'absent' }, true],
    ['one that cannot be seen', set('a'), { kind: 'unknown' }, null],
  ])('%s', (_case, one, another, expected) => {
    expect(isSameThing(one, another)).toBe(expected)
  })
})
