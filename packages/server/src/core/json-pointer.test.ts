import { describe, expect, it } from 'vitest'
import { isPointer, resolvePointer } from './json-pointer.ts'

describe('a JSON pointer', () => {
  const value = { output: { files: [{ key: 'a.mp4' }], 'a/b': 1, 'm~n': 2 }, error: null }

  it.each<[string, unknown]>([
    ['/output/files/0/key', 'a.mp4'],
    ['/output/a~1b', 1],
    ['/output/m~0n', 2],
    ['/error', null],
    ['/error/message', undefined],
    ['/output/files/1/key', undefined],
    ['/output/files/length', undefined],
    ['/output/files/-1', undefined],
    ['/constructor', undefined],
    ['/output/__proto__', undefined],
  ])('%s leads to %j', (pointer, found) => {
    expect(resolvePointer(value, pointer)).toEqual(found)
  })

  it('starts with a slash, and has no tilde that means nothing', () => {
    for (const pointer of ['/a', '/a/0', '/', '/a~0b~1c']) expect(isPointer(pointer)).toBe(true)
    for (const text of ['', 'a', 'a/b', '/a~2', '/a~']) expect(isPointer(text)).toBe(false)
  })
})
