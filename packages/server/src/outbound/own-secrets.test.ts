import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hidesSecrets } from './own-secrets.ts'

const secret = 'of/the source+42'

describe('an answer that repeats what it was sent', () => {
  it.each([
    ['itself', secret],
    ['percent-encoded', encodeURIComponent(secret)],
    ['in JSON that escapes slashes', secret.replaceAll('/', '\\/')],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
  ])('is left without it: %s', (_case, written) => {
    const { text, bytes } = hidesSecrets([], `Bearer ${secret}`)
    expect(text(`the key ${written} is unknown`)).toMatch(/^the key \[redacted\]=* is unknown$/)
    expect(bytes(Buffer.from(`ü ${written}`)).toString()).toMatch(/^ü \[redacted\]=*$/)
  })

  it('is left without the password of a pair, and without secrets that no header carries', () => {
    const pair = Buffer.from(`user:${secret}`).toString('base64')
    const { text } = hidesSecrets(['the signing secret'], `Basic ${pair}`)
    expect(text(`${pair}, ${secret}, the signing secret`)).toBe('[redacted], [redacted], [redacted]')
  })

  it('is the same, and not copied, where it repeats nothing', () => {
    const { bytes } = hidesSecrets([secret])
    fc.assert(
      fc.property(fc.uint8Array(), (some) => {
        const body = Buffer.from(some)
        expect(bytes(body)).toBe(body)
      }),
    )
  })

  it('keeps words: what is short is no key', () => {
    expect(hidesSecrets(['test-key'], 'Bearer short').text('test-key short')).toBe('test-key short')
  })
})
