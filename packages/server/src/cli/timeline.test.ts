import { expect, test } from 'vitest'
import { factsOf } from './timeline.ts'

test('an error among the facts is told with its words, however deep the rest may be', () => {
  const error = { code: 'PROVIDER_FAILED', message: 'the parser refused the connection', retryable: true }
  expect(factsOf({ error, stage: 'parse', attempts: [1], more: { a: 1 }, nothing: null })).toBe(
    'error="PROVIDER_FAILED: the parser refused the connection" stage=parse attempts=[…] more={…}',
  )
})

test('a reason is not cut where a fact would be', () => {
  const reason = `the provider's module threw: ${'a word '.repeat(10)}`
  expect(factsOf({ reason, other: reason })).toContain(`reason=${JSON.stringify(reason)} other="the`)
  expect(factsOf({ other: reason })).toMatch(/…$/)
})

test('a long error is cut where three lines are full', () => {
  const told = factsOf({ error: { code: 'PARSE_FAILED', message: 'x y '.repeat(100) } })
  expect(told).toMatch(/^error="PARSE_FAILED: x y/)
  expect(told.length).toBeLessThan(260)
})
