import { expect, test } from 'vitest'
import { parseFaults } from './parse-faults.ts'

/** As it might come from a file, where no compiler has looked at it. */
const parse = (faults: object) => parseFaults(faults)

test('no faults are given: there are none', () => {
  expect(parseFaults(undefined)).toEqual({ parse: {}, embed: {}, store: {}, render: {}, airtable: {}, s3: {} })
})

test('a number is a rate, and parameters have their defaults', () => {
  expect(parseFaults({ parse: { loss: 0.4, rateLimited: 0.1, delay: 250 } }).parse).toEqual({
    loss: { rate: 0.4 },
    rateLimited: { rate: 0.1, attempts: 1, retryAfterSec: 1 },
    delay: { kind: 'fixed', ms: 250 },
  })
})

test('an object without a rate always strikes', () => {
  expect(parseFaults({ parse: { duplicate: { copies: 3 } } }).parse.duplicate).toEqual({ rate: 1, copies: 3, gapMs: 0 })
  expect(parseFaults({ store: { visibleLate: 1 } }).store.visibleLate).toEqual({
    rate: 1,
    by: { kind: 'fixed', ms: 1000 },
  })
})

test.each([
  [{ prase: {} }, 'unknown operation `prase`, did you mean `parse`?'],
  [{ parse: { dely: 5 } }, 'unknown fault `dely` of `parse`, did you mean `delay`?'],
  [{ parse: { rate_limited: 1 } }, 'unknown fault `rate_limited` of `parse`, did you mean `rateLimited`?'],
  [{ store: { visibleLate: { bye: 5 } } }, 'unknown parameter `bye` of `store.visibleLate`, did you mean `by`?'],
  [{ embed: { xylophone: 1 } }, 'unknown fault `xylophone` of `embed`, known are delay, rateLimited'],
  [{ parse: { loss: 1.5 } }, '`parse.loss.rate`'],
  [{ parse: { loss: 'often' } }, '`parse.loss`'],
  [{ parse: { delay: { kind: 'fast' } } }, '`parse.delay`'],
  [{ parse: { delay: { kind: 'uniform', minMs: 5, maxMs: 1 } } }, '`parse.delay`'],
])('%j is refused by name', (faults, message) => {
  expect(() => parse(faults)).toThrow(message)
  expect(() => parse(faults)).toThrow(expect.objectContaining({ code: 'FAULTS_INVALID' }))
})
