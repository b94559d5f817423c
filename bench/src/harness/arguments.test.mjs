import { expect, test } from 'vitest'
import { readArguments } from './arguments.mjs'

const known = { clients: [32, 128], only: [], seconds: 10, of: 'becket', resume: false }
const read = (text) => readArguments('loop', text === '' ? [] : text.split(' '), known)

test('options have the kind of their default', () => {
  expect(read('')).toEqual(known)
  expect(read('--clients 8 --only a,b --seconds 0.5 --of x --resume')).toEqual({
    clients: [8],
    only: ['a', 'b'],
    seconds: 0.5,
    of: 'x',
    resume: true,
  })
})

test.each([
  ['--client 8', /loop: unknown option --client; there are --clients, --only/],
  ['clients', /unknown option clients/],
  ['--toString 1', /unknown option --toString/],
  ['--seconds', /--seconds needs a value/],
  ['--seconds --resume', /--seconds needs a value/],
  ['--seconds soon', /--seconds soon: expected a number/],
  ['--clients 8,x', /--clients x: expected a number/],
])('%s is refused', (text, message) => {
  expect(() => read(text)).toThrow(message)
})
