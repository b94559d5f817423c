import { expect, test } from 'vitest'
import { changeFaults } from './change-faults.ts'
import { parseFaults } from './parse-faults.ts'

test('what is named changes, what is null goes, and the rest stays', () => {
  const before = { parse: { loss: 0.4 }, render: { loss: 0.3, statusDown: 1, nullId: 0.2 } }
  expect(changeFaults(before, { render: { loss: 1, statusDown: null }, s3: { slowDown: 1 } })).toEqual({
    parse: { loss: 0.4 },
    render: { loss: 1, nullId: 0.2 },
    s3: { slowDown: 1 },
  })
  expect(before.render.loss).toBe(0.3)
})

test('a fault that does not exist is not swallowed', () => {
  const wrong: object = { redner: { loss: 1 } }
  expect(() => parseFaults(changeFaults({}, wrong))).toThrow(/did you mean `render`/)
})
