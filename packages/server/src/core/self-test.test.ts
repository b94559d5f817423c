import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTokenKeys, readCallbackToken } from './callback-token.ts'
import { answerSelfTest, askSelfTest, isSelfTestAnswer, SELF_TEST_MS } from './self-test.ts'

const keys = createTokenKeys([{ id: 'k1', key: Buffer.alloc(32, 1) }])
const others = createTokenKeys([{ id: 'k1', key: Buffer.alloc(32, 2) }])
const nonce = 'a'.repeat(22)
const NOW = 1_800_000_000_000

test('a fresh question is answered, and the answer is known for ours', () => {
  const answer = answerSelfTest(keys, askSelfTest(keys, nonce, NOW), NOW + 1_000)
  expect(answer).not.toBeNull()
  expect(isSelfTestAnswer(keys, nonce, answer ?? '')).toBe(true)
  expect(isSelfTestAnswer(others, nonce, answer ?? '')).toBe(false)
  expect(isSelfTestAnswer(keys, 'b'.repeat(22), answer ?? '')).toBe(false)
})

test.each([
  ['of another key', askSelfTest(others, nonce, NOW), NOW],
  ['older than a minute', askSelfTest(keys, nonce, NOW), NOW + SELF_TEST_MS + 1],
  ['from the future', askSelfTest(keys, nonce, NOW), NOW - SELF_TEST_MS - 1],
])('a question %s is not answered', (_, question, atMs) => {
  expect(answerSelfTest(keys, question, atMs)).toBeNull()
})

test('a key that signs no more is still answered with', () => {
  const rotated = createTokenKeys([
    { id: 'k2', key: Buffer.alloc(32, 3) },
    { id: 'k1', key: Buffer.alloc(32, 1) },
  ])
  const answer = answerSelfTest(rotated, askSelfTest(keys, nonce, NOW), NOW)
  expect(isSelfTestAnswer(keys, nonce, answer ?? '')).toBe(true)
})

test('a question is no answer, and no callback token', () => {
  const question = askSelfTest(keys, nonce, NOW)
  expect(isSelfTestAnswer(keys, nonce, question.split('.').at(-1) ?? '')).toBe(false)
  expect(readCallbackToken(keys, question)).toBeNull()
})

test('no text but a question of ours is answered', () => {
  fc.assert(fc.property(fc.string(), (text) => answerSelfTest(keys, text, NOW) === null))
  const question = askSelfTest(keys, nonce, NOW)
  fc.assert(
    fc.property(fc.nat(question.length - 1), fc.constantFrom('A', 'b', '.', '0'), (at, letter) => {
      const changed = question.slice(0, at) + letter + question.slice(at + 1)
      return changed === question || answerSelfTest(keys, changed, NOW) === null
    }),
  )
})
