import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resultWith } from '../../../test/sinks/bench.ts'
import { encodeId } from '../../core/id.ts'
import { followRecipe, recipe, uuidOf } from './recipe.ts'

describe('what goes into a column', () => {
  const result = resultWith({ id: 'job_1', output: { files: [{ key: 'a.mp4' }] }, status: null })
  const made = (written: unknown) => followRecipe(recipe().parse(written), result)

  it.each<[unknown, unknown]>([
    ['/id', 'job_1'],
    ['/output', { files: [{ key: 'a.mp4' }] }],
    ['/output/files/0/key', 'a.mp4'],
    ['/status', null],
    ['/output/missing/deeply', null],
    [{ fixed: '/not a pointer' }, '/not a pointer'],
    [{ fixed: null }, null],
    [{ uuidOf: '/status' }, null],
    [1536, 1536],
    [true, true],
  ])('%j is %j', (written, value) => {
    expect(made(written)).toEqual(value)
  })

  it.each([['status'], [''], ['/a~'], [null], [{}], [{ fixed: 1, uuidOf: '/id' }], [{ uuidOf: 'id' }], [{ other: 1 }]])(
    '%j is refused',
    (written) => {
      expect(recipe().safeParse(written).success).toBe(false)
    },
  )
})

describe('the UUID of', () => {
  it('an id of Becket’s is the one that it was made of', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(uuidOf(encodeId('document', bytes)).replaceAll('-', '')).toBe(Buffer.from(bytes).toString('hex'))
      }),
    )
  })

  it('a UUID is itself', () => {
    expect(uuidOf('0190A8F0-0000-7000-8000-00000000000A')).toBe('0190a8f0-0000-7000-8000-00000000000a')
  })

  it('any text is a UUID, always the same, and another for another text', () => {
    expect(uuidOf('order-7')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(uuidOf('order-7')).toBe(uuidOf('order-7'))
    expect(uuidOf('order-7')).not.toBe(uuidOf('order-8'))
  })
})
