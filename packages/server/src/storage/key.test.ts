import { join, relative, resolve } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertObjectKey, isObjectKey } from './key.ts'

describe('an object key', () => {
  it.each(['a', 'documents/doc_1/source.pdf', 'a/b-c/d_e.json', `x/${'a'.repeat(200)}`])('may be %s', (key) => {
    expect(isObjectKey(key)).toBe(true)
  })

  it.each([
    '',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/../b',
    '.incoming/x',
    'a/.hidden',
    'a\\b',
    'a b',
    'a\nb',
    'a\0b',
    'ä',
    'a?b',
    'a#b',
    'a%2e%2e/b',
    'a:b',
    'a'.repeat(201),
    'a/'.repeat(460).concat('a'),
  ])('may not be %j', (key) => {
    expect(isObjectKey(key)).toBe(false)
  })

  it('never leads out of its directory, and needs no encoding in a URL', () => {
    const root = resolve('/data/objects')
    const hostile = fc.array(fc.constantFrom('a', '.', '..', '/', '\\', '%', '\0', '~', '-', 'é'), { maxLength: 12 })
    fc.assert(
      fc.property(
        fc.oneof(
          hostile.map((parts) => parts.join('')),
          fc.string(),
        ),
        (key) => {
          if (!isObjectKey(key)) return
          expect(relative(root, join(root, key))).toBe(key)
          expect(encodeURI(key)).toBe(key)
        },
      ),
    )
  })

  it('is refused with words that say what it may be', () => {
    expect(() => assertObjectKey('../secret')).toThrow(/"\.\.\/secret" cannot name an object: use segments/)
  })
})
