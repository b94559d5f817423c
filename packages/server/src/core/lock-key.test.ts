import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lockKey, lockKeys } from './lock-key.ts'

const hashes = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes))

describe('lock keys', () => {
  it('fit PostgreSQL’s bigint, both ends included', () => {
    expect(lockKey(Buffer.from('8000000000000000ffff', 'hex'))).toBe('-9223372036854775808')
    expect(lockKey(Buffer.from('7fffffffffffffff0000', 'hex'))).toBe('9223372036854775807')
  })

  it('come in the same order whatever order they were asked for', () => {
    fc.assert(
      fc.property(fc.array(hashes, { maxLength: 20 }), (list) => {
        expect(lockKeys(list.toReversed())).toEqual(lockKeys(list))
      }),
    )
  })

  it('ascend as numbers, each once', () => {
    fc.assert(
      fc.property(fc.array(hashes, { maxLength: 20 }), (list) => {
        const keys = lockKeys([...list, ...list]).map(BigInt)
        expect(keys.every((key, index) => index === 0 || key > (keys[index - 1] ?? key))).toBe(true)
        expect(new Set(keys)).toEqual(new Set(list.map((hash) => BigInt(lockKey(hash)))))
      }),
    )
  })

  it('refuse a hash that is too short to make one', () => {
    expect(() => lockKey(Buffer.alloc(7))).toThrow('8 bytes or more, not 7')
  })
})
