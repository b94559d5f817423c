import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { suggest } from './suggest.ts'

const options = ['retries', 'deadline', 'expectWithin', 'concurrency', 'baseUrl', 'plan', 'paths']

describe('suggestions', () => {
  it.each([
    ['retrys', 'retries'],
    ['dealdine', 'deadline'],
    ['expect_within', 'expectWithin'],
    ['EXPECT-WITHIN', 'expectWithin'],
    ['concurency', 'concurrency'],
    ['baseURL', 'baseUrl'],
    ['paln', 'plan'],
    ['path', 'paths'],
  ])('finds a near miss: %s means %s', (word, meant) => {
    expect(suggest(word, options)).toBe(meant)
  })

  it.each(['', 'x', 'colour', 'verification'])('keeps silent about a word that is near to nothing: %j', (word) => {
    expect(suggest(word, options)).toBeUndefined()
  })

  it('prefers the first of two that are equally near', () => {
    expect(suggest('joba', ['jobb', 'jobc'])).toBe('jobb')
  })

  it('finds a word again after any single slip in it', () => {
    const slips = fc.record({
      word: fc.constantFrom(...options.filter((option) => option.length > 4)),
      position: fc.nat({ max: 40 }),
      slip: fc.constantFrom('drop', 'double', 'swap', 'replace'),
    })
    fc.assert(
      fc.property(slips, ({ word, position, slip }) => {
        const index = position % (word.length - 1)
        const slipped = {
          drop: word.slice(0, index) + word.slice(index + 1),
          double: word.slice(0, index + 1) + word.slice(index),
          swap: `${word.slice(0, index)}${word[index + 1]}${word[index]}${word.slice(index + 2)}`,
          replace: `${word.slice(0, index)}q${word.slice(index + 1)}`,
        }[slip]
        expect(suggest(slipped ?? '', options)).toBe(word)
      }),
    )
  })

  it('is not slowed down by absurdly long input', () => {
    expect(suggest('a'.repeat(1_000_000), options)).toBeUndefined()
  })
})
