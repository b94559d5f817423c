import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  admit,
  type BreakerState,
  breakerDefaults,
  closedBreaker,
  onFault,
  onSuccess,
  overrideBreaker,
} from './breaker.ts'

const { faults, openMs, trialMs, trialWaitMs } = breakerDefaults

function faulted(times: number, nowMs = 0, from: BreakerState = closedBreaker): BreakerState {
  let breaker = from
  for (let count = 0; count < times; count++) breaker = onFault(breaker, 'no answer', nowMs)
  return breaker
}

function onTrial(breaker: BreakerState, nowMs: number): BreakerState {
  const admission = admit(breaker, nowMs)
  if (admission.kind !== 'trial') throw new Error(`expected a trial, got ${admission.kind}`)
  return admission.next
}

describe('a breaker', () => {
  const open = faulted(faults, 1000)
  const halfOpen = onTrial(open, 1000 + openMs)

  it.each<[string, BreakerState, number, object]>([
    ['closed admits', closedBreaker, 0, { kind: 'admitted' }],
    ['closed after four faults admits', faulted(4), 0, { kind: 'admitted' }],
    ['open refuses until its time', open, 1000 + openMs - 1, { kind: 'refused', retryAtMs: 1000 + openMs }],
    ['open lets a trial through at its time', open, 1000 + openMs, { kind: 'trial' }],
    [
      'half-open refuses for a short while',
      halfOpen,
      1000 + openMs,
      { kind: 'refused', retryAtMs: 1000 + openMs + trialWaitMs },
    ],
    [
      'half-open never refuses beyond the end of the trial',
      halfOpen,
      1000 + openMs + trialMs - 5,
      { kind: 'refused', retryAtMs: 1000 + openMs + trialMs },
    ],
    ['half-open whose holder died lets the next one try', halfOpen, 1000 + openMs + trialMs, { kind: 'trial' }],
    [
      'held open by hand never tries',
      overrideBreaker(open, 'open', 'maintenance', 0),
      1e12,
      { kind: 'refused', reason: 'maintenance', retryAtMs: 1e12 + openMs },
    ],
    ['half-open by hand tries at once', overrideBreaker(open, 'half-open', 'try it', 2000), 2000, { kind: 'trial' }],
    ['closed by hand admits', overrideBreaker(open, 'closed', 'mended', 2000), 2000, { kind: 'admitted' }],
  ])('%s', (_name, breaker, nowMs, expected) => {
    expect(admit(breaker, nowMs)).toMatchObject(expected)
  })

  it('opens at the fifth fault in a row, for sixty seconds', () => {
    expect(faulted(4).state).toBe('closed')
    expect(open).toEqual({
      state: 'open',
      failures: 5,
      openedCount: 1,
      reason: 'no answer',
      openedAtMs: 1000,
      retryAtMs: 61_000,
    })
  })

  it('forgets faults at a success', () => {
    expect(onSuccess(faulted(4))).toEqual(closedBreaker)
    expect(faulted(4, 0, onSuccess(faulted(4))).state).toBe('closed')
  })

  it('is closed by the success of its trial, and keeps the count of episodes', () => {
    expect(onSuccess(halfOpen)).toEqual({ ...closedBreaker, openedCount: 1 })
  })

  it('is opened again by the fault of its trial, in the same episode', () => {
    expect(onFault(halfOpen, 'still away', 70_000)).toEqual({
      state: 'open',
      failures: 6,
      openedCount: 1,
      reason: 'still away',
      openedAtMs: 1000,
      retryAtMs: 70_000 + openMs,
    })
  })

  it('is not moved by answers that were asked for before it opened', () => {
    expect(onSuccess(open)).toBe(open)
    expect(onFault(open, 'late', 5000)).toBe(open)
  })

  it('says by identity that a success changed nothing', () => {
    expect(onSuccess(closedBreaker)).toBe(closedBreaker)
  })

  it('counts an episode each time it goes from closed to open', () => {
    const second = faulted(faults, 0, onSuccess(halfOpen))
    expect(second.openedCount).toBe(2)
    expect(overrideBreaker(closedBreaker, 'open', 'by hand', 0).openedCount).toBe(0)
  })

  it('holds its promises under any order of calls, answers and waits', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('ask' as const) }),
      fc.record({ kind: fc.constant('success' as const) }),
      fc.record({ kind: fc.constant('fault' as const) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 2 * openMs }) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        let breaker: BreakerState = closedBreaker
        let nowMs = 0
        let inARow = 0
        let trials: number[] = []
        for (const one of steps) {
          const before = breaker
          if (one.kind === 'wait') nowMs += one.ms
          if (one.kind === 'ask') {
            const admission = admit(breaker, nowMs)
            if (before.state === 'closed') expect(admission.kind).toBe('admitted')
            else expect(admission.kind).not.toBe('admitted')
            if (admission.kind === 'refused') expect(admission.retryAtMs).toBeGreaterThan(nowMs)
            if (admission.kind === 'trial') {
              // One trial at a time, and never before the sixty seconds are over.
              expect(trials.every((at) => nowMs - at >= trialMs)).toBe(true)
              if (before.state === 'open') expect(nowMs).toBeGreaterThanOrEqual(before.openedAtMs + openMs)
              trials.push(nowMs)
              breaker = admission.next
            }
          }
          if (one.kind === 'success') {
            breaker = onSuccess(breaker)
            inARow = breaker.state === 'open' ? inARow : 0
          }
          if (one.kind === 'fault') {
            breaker = onFault(breaker, 'down', nowMs)
            inARow += before.state === 'open' ? 0 : 1
          }
          if (breaker.state !== 'half-open') trials = []
          expect(breaker.failures).toBe(inARow)
          if (breaker.state === 'closed') expect(breaker.failures).toBeLessThan(faults)
          else expect(breaker.failures).toBeGreaterThanOrEqual(faults)
          const opened = before.state === 'closed' && breaker.state === 'open'
          expect(breaker.openedCount - before.openedCount).toBe(opened ? 1 : 0)
        }
      }),
    )
  })
})
