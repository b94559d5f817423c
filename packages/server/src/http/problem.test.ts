import { type ErrorCodeName, errorCodes, problemSchema } from '@becket/client/contract'
import { describe, expect, it } from 'vitest'
import { AppError } from '../core/error.ts'
import { judge, problemOf } from './problem.ts'

const context = { requestId: 'req_1', fallback: 'INTERNAL', knownKeys: () => [] } as const

describe('a problem', () => {
  it.each(Object.keys(errorCodes).filter(isCode))('for %s says status, title and hint of the table', (code) => {
    const problem = problemSchema.parse(problemOf(new AppError(code, 'What happened'), 'req_1'))
    expect(problem).toMatchObject({
      ...errorCodes[code],
      code,
      type: `urn:becket:error:${code}`,
      detail: 'What happened',
    })
    expect(problem.retryAfter === undefined).toBe(problem.status !== 503)
  })

  it('asks to wait whole seconds, at least one', () => {
    const retryAfter = (retryAfterMs: number) =>
      problemOf(new AppError('RATE_LIMITED', 'x', { retryAfterMs }), 'r').retryAfter
    expect([1, 1_000, 1_001].map(retryAfter)).toEqual([1, 1, 2])
  })

  it('of an unforeseen fault tells nothing of the inside', () => {
    for (const thrown of [
      new TypeError('secret'),
      'secret',
      null,
      { statusCode: 400, message: 'secret' },
      Object.assign(new Error('secret'), { statusCode: 500 }),
    ]) {
      const { problem, isOurFault } = judge(thrown, context)
      expect(isOurFault).toBe(true)
      expect(JSON.stringify(problem)).not.toContain('secret')
      expect(problem.code).toBe('INTERNAL')
    }
    expect(judge(new Error('x'), { ...context, fallback: 'UNAVAILABLE' }).problem).toMatchObject({
      status: 503,
      retryAfter: 5,
    })
  })
})

function isCode(code: string): code is ErrorCodeName {
  return Object.hasOwn(errorCodes, code)
}
