import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toJsonb } from './json.ts'

describe('text for a jsonb column', () => {
  test('has neither NUL nor lone surrogates', () => {
    expect(toJsonb({ a: 'x\u0000y', 'k\u0000': '\ud800', low: 'z\udfff' })).toBe(
      '{"a":"x\ufffdy","k\ufffd":"\ufffd","low":"z\ufffd"}',
    )
  })

  test('keeps pairs of surrogates and escaped backslashes as they are', () => {
    expect(JSON.parse(toJsonb(['😀', '\\u0000', '\\\\u0000', '\\ud800', '\\\u0000']))).toEqual([
      '😀',
      '\\u0000',
      '\\\\u0000',
      '\\ud800',
      '\\\ufffd',
    ])
  })

  test('is null for undefined', () => {
    expect(toJsonb(undefined)).toBe('null')
  })

  test('changes nothing else', () => {
    const clean = (text: string) => text.replaceAll('\u0000', '\ufffd').replace(/\p{Surrogate}/gu, '\ufffd')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(toJsonb({ text }))).toEqual({ text: clean(text) })
      }),
    )
    // UTF-16 units at random: lone surrogates among them, and backslashes before letters.
    const unit = fc.oneof(
      fc.constantFrom('\\', '\u0000', 'u', '0', 'd', '8', '"'),
      fc.nat(0xffff).map((n) => String.fromCharCode(n)),
    )
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const text = units.join('')
        expect(JSON.parse(toJsonb(text))).toBe(clean(text))
      }),
    )
  })
})
