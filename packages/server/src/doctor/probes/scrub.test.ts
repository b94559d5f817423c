import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createScrub } from './scrub.ts'

test('a secret is taken out of any text, however it is written there', () => {
  const spell: ((secret: string) => string)[] = [
    (secret) => secret,
    encodeURIComponent,
    (secret) => Buffer.from(secret).toString('base64'),
    (secret) => Buffer.from(secret).toString('base64url'),
  ]
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme-ascii', minLength: 6, maxLength: 60 }).map((text) => `c@nary${text.trim()}`),
      fc.constantFrom(...spell),
      fc.constantFrom('', 'the server said: ', 'https://example.org/?x='),
      (secret, write, before) => !createScrub([secret])(`${before}${write(secret)} end`).includes(write(secret)),
    ),
  )
})

test('of two secrets of which one holds the other, nothing is left standing', () => {
  expect(createScrub(['canary', 'canary-and-more'])('x canary-and-more y')).toBe('x [redacted] y')
})

test('what is no secret stays, on one line', () => {
  expect(createScrub(['abc', null, undefined])('abc is\n too short to be one')).toBe('abc is too short to be one')
})
