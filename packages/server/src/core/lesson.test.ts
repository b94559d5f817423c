import { describe, expect, it } from 'vitest'
import { lessonOf, lessonOfExpiry, type Taught, type Teaching } from './lesson.ts'

const row: Taught = {
  id: 'exp_1',
  source: 'parser',
  operation: 'parse',
  registeredAtMs: 0,
  submittedAtMs: 1_000,
  settledBy: null,
  nowMs: 11_000,
}
const place = { source: 'parser', operation: 'parse' }
const callback: Teaching = { origin: 'callback', verdict: 'succeeded', providerTimeMs: null, callbackId: 'cb_1' }
const check: Teaching = { origin: 'check', verdict: 'succeeded', providerTimeMs: null, callbackId: null }
const settled = { kind: 'settled', state: 'succeeded', relation: 'settled' } as const
const late = { kind: 'recorded', relation: 'late', makesCheckDue: false } as const

describe('what an end teaches', () => {
  it('takes the time of a callback from the submit to its arrival', () => {
    expect(lessonOf(row, callback, settled)).toEqual({ kind: 'heard', ...place, afterMs: 10_000 })
  })

  it('takes the provider’s own time where it tells one', () => {
    const lesson = lessonOf(row, { ...callback, providerTimeMs: 6_000 }, settled)
    expect(lesson).toEqual({ kind: 'heard', ...place, afterMs: 5_000 })
  })

  it.each([
    ['before the submit', 500],
    ['after now', 12_000],
  ])('leaves out a provider’s time %s', (_, providerTimeMs) => {
    expect(lessonOf(row, { ...callback, providerTimeMs }, settled)).toMatchObject({ afterMs: 10_000 })
  })

  it('says of what asking found that its callback may still come', () => {
    const lesson = lessonOf(row, check, settled)
    const found = {
      kind: 'found',
      expectationId: 'exp_1',
      submittedAtMs: 1_000,
      afterMs: 10_000,
      finishedAfterMs: null,
    }
    expect(lesson).toEqual({ ...place, ...found })
  })

  it('hears of a callback that comes after the work was found', () => {
    const lesson = lessonOf({ ...row, settledBy: 'check' }, callback, late)
    expect(lesson).toEqual({ kind: 'overtaken', ...place, expectationId: 'exp_1', callbackId: 'cb_1' })
  })

  it('hears nothing new in a repeated callback', () => {
    expect(lessonOf({ ...row, settledBy: 'callback' }, callback, late)).toBeNull()
  })

  it('takes no time from what had been given up, since that was counted then', () => {
    const revived = { ...settled, relation: 'revived' } as const
    expect(lessonOf(row, callback, revived)).toEqual({ kind: 'heard', ...place, afterMs: null })
    expect(lessonOf(row, check, revived)).toBeNull()
  })

  it.each(['response', 'operator'] as const)('learns nothing from a %s', (origin) => {
    expect(lessonOf(row, { ...check, origin }, settled)).toBeNull()
  })

  it('learns from a deadline that passed only what was submitted', () => {
    expect(lessonOfExpiry(row)).toEqual({ kind: 'given-up', ...place, afterMs: 10_000 })
    expect(lessonOfExpiry({ ...row, submittedAtMs: null })).toBeNull()
  })
})
