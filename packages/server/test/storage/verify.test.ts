import { describe, expect, it } from 'vitest'
import { contentOf } from '../../src/storage/proof.ts'
import { storeVerified } from '../../src/storage/verify.ts'
import { createMemoryStorage } from './memory-storage.ts'

const content = Buffer.from('the whole document')

describe('storing with proof', () => {
  it('claims what was read back, with its size and hash', async () => {
    const { storage } = createMemoryStorage()
    expect(await storeVerified(storage, 'a', content, 'application/pdf')).toEqual({
      kind: 'stored',
      ...contentOf(content),
    })
  })

  it('claims nothing where the write failed', async () => {
    const { storage } = createMemoryStorage()
    storage.put = async () => ({ kind: 'unavailable', reason: 'no space' })
    expect(await storeVerified(storage, 'a', content, 'application/pdf')).toEqual({
      kind: 'unavailable',
      reason: 'no space',
    })
  })

  it.each([
    ['is not visible', { kind: 'missing', reason: 'not there' } as const, 'missing'],
    ['is empty', { kind: 'found', bytes: Buffer.alloc(0) } as const, 'malformed'],
    ['has another content', { kind: 'found', bytes: Buffer.from('the whole DOCUMENT') } as const, 'malformed'],
  ])('claims nothing where what is read back %s', async (_name, answer, kind) => {
    const { storage } = createMemoryStorage()
    storage.get = async () => answer
    const result = await storeVerified(storage, 'a', content, 'application/pdf')
    expect(result).toMatchObject({ kind, reason: expect.stringMatching(/^written, but on reading back: /) })
  })
})
