import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isUploadSignature, signUpload } from './upload-signature.ts'

const key = Buffer.alloc(32, 1)
const otherKey = Buffer.alloc(32, 2)
const nowMs = 1_800_000_000_000
const expiresMs = nowMs + 300_000
const documentId = 'doc_00000000000000000000000000'

const good = { expires: String(expiresMs), signature: signUpload(key, documentId, expiresMs) }

describe('an upload address', () => {
  it('is good until it expires, and not a millisecond longer', () => {
    expect(isUploadSignature([key], documentId, good, nowMs)).toBe(true)
    expect(isUploadSignature([key], documentId, good, expiresMs - 1)).toBe(true)
    expect(isUploadSignature([key], documentId, good, expiresMs)).toBe(false)
  })

  it('outlives the change of the key that signed it, as long as that key is still accepted', () => {
    expect(isUploadSignature([otherKey, key], documentId, good, nowMs)).toBe(true)
    expect(isUploadSignature([otherKey], documentId, good, nowMs)).toBe(false)
  })

  it('is good for one document only', () => {
    expect(isUploadSignature([key], `${documentId.slice(0, -1)}1`, good, nowMs)).toBe(false)
  })

  it('cannot be prolonged', () => {
    const prolonged = { ...good, expires: String(expiresMs + 1) }
    expect(isUploadSignature([key], documentId, prolonged, nowMs)).toBe(false)
  })

  it.each(['', 'never', 'NaN', 'Infinity', '-1', '9'.repeat(40), '1e400', `${expiresMs}.5`])(
    'with the end %j is no address of ours, also where it was signed as such',
    (expires) => {
      const signature = signUpload(key, documentId, Number(expires))
      expect(isUploadSignature([key], documentId, { expires, signature }, nowMs)).toBe(false)
    },
  )

  it('is refused with any other signature, of whatever length and characters', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 100 })), (signature) => {
        fc.pre(signature !== good.signature)
        expect(isUploadSignature([key], documentId, { ...good, signature }, nowMs)).toBe(false)
      }),
    )
  })

  it('cannot be made from the pieces of another by moving their border', () => {
    const moved = signUpload(key, `${documentId}\0${String(expiresMs).slice(0, 1)}`, Number(String(expiresMs).slice(1)))
    expect(moved).not.toBe(good.signature)
  })
})
