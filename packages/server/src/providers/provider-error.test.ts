import { expect, test } from 'vitest'
import { cleanMessage, readErrorBody } from './provider-error.ts'

test.each<[unknown, string | null, string | null]>([
  [{ error: { message: 'no', type: 't', code: null } }, 't', 'no'],
  [{ error: { message: 'no', code: 'c' } }, 'c', 'no'],
  [{ detail: 'Not Found' }, null, 'Not Found'],
  [{ detail: [{ loc: ['body'], msg: 'field required' }] }, null, 'field required'],
  [{ message: 'no', code: 17 }, '17', 'no'],
  [{ error: 'no' }, null, 'no'],
  [{ error_code: 'C', error_message: 'no' }, 'C', 'no'],
  ['plain', null, 'plain'],
  [{}, null, null],
  [[], null, null],
])('%j says code %j and message %j', (body, code, message) => {
  expect(readErrorBody(Buffer.from(JSON.stringify(body)))).toEqual({ code, message })
})

test("a proxy's page says nothing", () => {
  expect(readErrorBody(Buffer.from('<html>502</html>'))).toEqual({ code: null, message: null })
})

test('a message has no keys, no lines, no half characters and no endless length', () => {
  const key = ['sk', 'proj', 'abc***xyz'].join('-')
  expect(cleanMessage(`Incorrect API key provided: ${key}.\nSee\u0000 the docs`)).toBe(
    'Incorrect API key provided: [redacted] See the docs',
  )
  expect(cleanMessage(`${'x'.repeat(298)}😀😀`)).toHaveLength(300)
  expect(cleanMessage('\ud800')).toBe('\ufffd')
})
