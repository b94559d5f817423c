import { type ErrorCodeName, errorCodes } from '@becket/client/contract'
import { describe, expect, it } from 'vitest'
import { AppError } from './error.ts'

const names = Object.keys(errorCodes).filter((name): name is ErrorCodeName => name in errorCodes)

describe('an error', () => {
  it.each(names)('%s has the status, the title and the hint of its code', (code) => {
    const error = new AppError(code, 'what happened')
    expect(error).toMatchObject({ name: 'AppError', code, ...errorCodes[code], detail: 'what happened' })
    expect(error.message).toBe(`what happened (${code})`)
    expect(error.hint.length).toBeGreaterThan(0)
  })

  it('keeps what caused it', () => {
    const cause = new Error('the disk is full')
    expect(new AppError('UNAVAILABLE', 'could not store', { cause }).cause).toBe(cause)
  })

  it('is worth trying again where the service is unavailable, and nowhere else unless it says so', () => {
    for (const code of names) expect(new AppError(code, '').retryable).toBe(errorCodes[code].status === 503)
    expect(new AppError('NOT_FOUND', '', { retryable: true }).retryable).toBe(true)
    expect(new AppError('UNAVAILABLE', '', { retryable: false }).retryable).toBe(false)
  })

  it('may say more exactly what to do next, and when to come back', () => {
    const error = new AppError('UNAVAILABLE', '', { hint: 'Start the database.', retryAfterMs: 5_000 })
    expect(error).toMatchObject({ hint: 'Start the database.', retryAfterMs: 5_000 })
  })

  it('keeps the words that the first users know', () => {
    expect(errorCodes.STORAGE_ACCESS_ERROR.title).toBe(
      'Document file is not accessible for processing. Please try uploading again.',
    )
    expect(names).toEqual(
      expect.arrayContaining(['STORAGE_ACCESS_ERROR', 'FILE_ACCESS_CIRCUIT_BREAKER_OPEN', 'GET_NEXT_JOB_FAILED']),
    )
  })
})
