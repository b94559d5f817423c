import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTokenKeys, makeCallbackToken, readCallbackToken, redactTokens } from './callback-token.ts'
import { encodeId } from './id.ts'

const key = (seed: number) => Buffer.alloc(32, seed)
const keys = createTokenKeys([{ id: 'k1', key: key(1) }])
const expectationIds = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => encodeId('expectation', bytes))
const anId = encodeId('expectation', new Uint8Array(16).fill(9))

describe('callback tokens', () => {
  it('name the expectation they were made for', () => {
    fc.assert(
      fc.property(expectationIds, (expectationId) => {
        expect(readCallbackToken(keys, makeCallbackToken(keys, expectationId))).toEqual({ expectationId })
      }),
    )
  })

  it('are the same to a process that did not make them', () => {
    fc.assert(
      fc.property(expectationIds, (expectationId) => {
        const other = createTokenKeys([{ id: 'k1', key: key(1) }])
        const token = makeCallbackToken(keys, expectationId)
        expect(readCallbackToken(other, token)).toEqual({ expectationId })
        expect(readCallbackToken(other, `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`)).toBeNull()
        expect(makeCallbackToken(other, expectationId)).toBe(token)
      }),
    )
  })

  it('are the same each time, and leave room in the 200 characters that a provider may allow a URL', () => {
    const token = makeCallbackToken(keys, anId)
    expect(makeCallbackToken(keys, anId)).toBe(token)
    expect(token.length).toBeLessThan(80)
    expect(encodeURIComponent(token)).toBe(token)
  })

  it('are refused after any change of a single character', () => {
    const token = makeCallbackToken(keys, anId)
    const letters = fc.constantFrom(...'ABCXYZabcxyz0189-_.')
    fc.assert(
      fc.property(fc.nat({ max: token.length - 1 }), letters, (position, letter) => {
        fc.pre(token[position] !== letter)
        const forged = token.slice(0, position) + letter + token.slice(position + 1)
        expect(readCallbackToken(keys, forged)).toBeNull()
      }),
    )
  })

  it('are refused when cut, lengthened, or made of anything else', () => {
    const token = makeCallbackToken(keys, anId)
    for (const forged of ['', '.', '..', token.slice(0, -1), `${token}.`, `${token}A`, `${token}.x`, `.${token}`]) {
      expect(readCallbackToken(keys, forged)).toBeNull()
    }
    fc.assert(fc.property(fc.string(), (text) => readCallbackToken(keys, text) === null))
  })

  it('are still read after the server key was changed, until the old key is taken away', () => {
    const token = makeCallbackToken(keys, anId)
    const rotated = createTokenKeys([
      { id: 'k2', key: key(2) },
      { id: 'k1', key: key(1) },
    ])
    expect(readCallbackToken(rotated, token)).toEqual({ expectationId: anId })
    expect(makeCallbackToken(rotated, anId)).toMatch(/^k2\./)
    expect(readCallbackToken(createTokenKeys([{ id: 'k2', key: key(2) }]), token)).toBeNull()
  })

  it('do not fit under the id of another key', () => {
    const twins = createTokenKeys([
      { id: 'a', key: key(1) },
      { id: 'b', key: key(1) },
    ])
    const token = makeCallbackToken(twins, anId)
    expect(readCallbackToken(twins, token.replace(/^a/, 'b'))).toBeNull()
  })

  it('cannot be made by another use of the same key', () => {
    const bare = createHmac('sha256', key(1)).update(`k1\0${anId}`).digest('base64url')
    expect(readCallbackToken(keys, `k1.${anId}.${bare}`)).toBeNull()
  })

  it('are not made for anything but an expectation', () => {
    expect(() => makeCallbackToken(keys, 'job_1')).toThrow('needs the id of an expectation')
  })
})

describe('server keys', () => {
  it.each([
    ['none', [], 'no server key'],
    ['a dot in an id', [{ id: 'k.1', key: key(1) }], 'may only have'],
    ['a short key', [{ id: 'k1', key: Buffer.alloc(8) }], 'needs 16 bytes or more'],
    [
      'an id twice',
      [
        { id: 'k1', key: key(1) },
        { id: 'k1', key: key(2) },
      ],
      'Two server keys have the id k1',
    ],
  ])('are refused: %s', (_, list, words) => {
    expect(() => createTokenKeys(list)).toThrow(words)
  })
})

describe('redaction of tokens', () => {
  it.each([
    ['/in/llamaparse/t/secret', '/in/llamaparse/t/[redacted]'],
    ['/in/llamaparse/t/secret?job_id=7', '/in/llamaparse/t/[redacted]?job_id=7'],
    ['https://becket.example.org/in/a/t/secret/more#x', 'https://becket.example.org/in/a/t/[redacted]/more#x'],
    ['/in/a/T//secret', '/in/a/T//[redacted]'],
    ['/in/a?t=1', '/in/a?t=1'],
    ['/in/a/test', '/in/a/test'],
  ])('turns %s into %s', (url, redacted) => {
    expect(redactTokens(url)).toBe(redacted)
  })

  it('leaves nothing of a token in a path or in a sentence', () => {
    fc.assert(
      fc.property(expectationIds, (expectationId) => {
        const token = makeCallbackToken(keys, expectationId)
        const mac = token.split('.')[2] ?? token
        for (const text of [
          `/in/s/t/${token}`,
          `bad token ${token}.`,
          `"${token}"`,
          `/in/s/t/${encodeURIComponent(token)}?a=b`,
        ]) {
          expect(redactTokens(text)).not.toContain(mac)
        }
      }),
    )
  })
})
