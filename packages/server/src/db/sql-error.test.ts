import { describe, expect, test } from 'vitest'
import { AppError } from '../core/error.ts'
import { isConnectionError, isDataError, isTransient, named } from './sql-error.ts'

const sql = (code: string) => Object.assign(new Error('said by the server'), { code })

describe('an error of the database', () => {
  test.each([
    // code, connection, transient, data
    ['40001', false, true, false],
    ['40P01', false, true, false],
    ['57P01', true, true, false],
    ['57014', false, true, false],
    ['53300', true, true, false],
    ['53100', false, true, false],
    ['08P01', true, true, false],
    ['28P01', true, true, false],
    ['26000', false, true, false],
    ['42P05', false, true, false],
    ['22021', false, false, true],
    ['22P05', false, false, true],
    ['23514', false, false, true],
    ['23505', false, false, false],
    ['54000', false, false, true],
    ['21000', false, false, true],
    ['42P01', false, false, false],
  ])('%s: connection %s, transient %s, data %s', (code, connection, transient, data) => {
    const error = sql(code)
    expect([isConnectionError(error), isTransient(error), isDataError(error)]).toEqual([connection, transient, data])
  })

  test('that is a lost connection gets its name, whichever way the driver says it', () => {
    const lost = [
      Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' }),
      new AggregateError([Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })]),
      new Error('Connection terminated unexpectedly'),
      new Error('timeout exceeded when trying to connect'),
    ]
    for (const error of lost) {
      const given = named(error, 'postgres://me:hush@db/app')
      expect(given).toMatchObject({ code: 'DATABASE_UNREACHABLE', cause: error })
      expect(isTransient(given)).toBe(true)
      expect(String(given)).not.toContain('hush')
    }
  })

  test('that is something else stays what it is', () => {
    const broken = new TypeError('not a function')
    expect(named(broken, 'postgres://db/app')).toBe(broken)
    expect([isTransient(broken), isDataError(broken)]).toEqual([false, false])
    const ours = new AppError('NOT_FOUND', 'gone')
    expect(named(ours, 'postgres://db/app')).toBe(ours)
  })
})
