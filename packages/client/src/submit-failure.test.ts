import { describe, expect, it } from 'vitest'
import { NotSubmittedError, surelyNotSubmitted } from './submit-failure.ts'

const withFacts = (facts: object, cause?: unknown) => Object.assign(new Error('failed', { cause }), facts)

describe('a submit that threw', () => {
  it.each([
    ['said so', new NotSubmittedError('no credit')],
    ['was answered 400', withFacts({ status: 400 })],
    ['was answered 429', withFacts({ statusCode: 429 })],
    ['was answered 422, as some clients say it', withFacts({ response: { status: 422 } })],
    ['found nobody listening', new TypeError('fetch failed', { cause: withFacts({ code: 'ECONNREFUSED' }) })],
    ['found no such name', withFacts({ code: 'ENOTFOUND' })],
    [
      'found nobody at any address',
      new TypeError('fetch failed', {
        cause: new AggregateError([withFacts({ code: 'ECONNREFUSED' }), withFacts({ code: 'ENETUNREACH' })]),
      }),
    ],
  ])('surely did not submit when it %s', (_what, error) => {
    expect(surelyNotSubmitted(error)).toBe(true)
  })

  it.each([
    ['timed out', new DOMException('late', 'TimeoutError')],
    ['lost the connection', new TypeError('fetch failed', { cause: withFacts({ code: 'ECONNRESET' }) })],
    ['was answered 500', withFacts({ status: 500 })],
    [
      'was answered 503 after a connection was refused',
      withFacts({ status: 503 }, withFacts({ code: 'ECONNREFUSED' })),
    ],
    ['was answered 408', withFacts({ status: 408 })],
    ['was answered 409', withFacts({ status: 409 })],
    [
      'lost one of two connections',
      new AggregateError([withFacts({ code: 'ECONNREFUSED' }), withFacts({ code: 'EPIPE' })]),
    ],
    ['failed for its own reasons', new Error('cannot read properties of undefined')],
    ['threw no error at all', 'oops'],
    ['threw nothing', undefined],
  ])('may have submitted when it %s', (_what, error) => {
    expect(surelyNotSubmitted(error)).toBe(false)
  })

  it('is judged even when its causes go round in a circle', () => {
    const error = withFacts({})
    error.cause = error
    expect(surelyNotSubmitted(error)).toBe(false)
  })
})
