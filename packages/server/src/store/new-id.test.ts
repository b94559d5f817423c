import { expect, it } from 'vitest'
import { isId, timeOfId } from '../core/id.ts'
import { newId } from './new-id.ts'

it('ids sort in the order in which they were made, however many in a millisecond', () => {
  const before = Date.now()
  const ids = Array.from({ length: 5_000 }, () => newId('event'))
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.every((id) => isId('event', id))).toBe(true)
  expect(timeOfId(ids[0] ?? '')).toBeGreaterThanOrEqual(before)
})
