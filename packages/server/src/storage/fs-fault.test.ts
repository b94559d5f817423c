import { describe, expect, it } from 'vitest'
import { fsFault } from './fs-fault.ts'

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: it went wrong`), { code, syscall: 'open' })
}

describe('an error of the file system', () => {
  it.each([
    ['ENOENT', 'missing', 'unavailable'],
    ['ENOTDIR', 'missing', 'malformed'],
    ['EEXIST', 'missing', 'malformed'],
    ['EACCES', 'forbidden', 'forbidden'],
    ['EPERM', 'forbidden', 'forbidden'],
    ['EROFS', 'forbidden', 'forbidden'],
    ['EISDIR', 'malformed', 'malformed'],
    ['EIO', 'unavailable', 'unavailable'],
    ['ENOSPC', 'unavailable', 'unavailable'],
    ['EDQUOT', 'unavailable', 'unavailable'],
    ['EMFILE', 'unavailable', 'unavailable'],
    ['ENFILE', 'unavailable', 'unavailable'],
    ['ESTALE', 'unavailable', 'unavailable'],
    ['EWHATEVER', 'unavailable', 'unavailable'],
  ])('%s is %s on reading and %s on writing', (code, onRead, onWrite) => {
    expect(fsFault(systemError(code), 'read').kind).toBe(onRead)
    expect(fsFault(systemError(code), 'write').kind).toBe(onWrite)
    expect(fsFault(systemError(code), 'read').reason).toContain(code)
  })

  it('is told from a bug, which is thrown on', () => {
    expect(() => fsFault(new TypeError('no such method'), 'read')).toThrow('no such method')
    expect(() => fsFault('a string', 'read')).toThrow('a string')
  })
})
