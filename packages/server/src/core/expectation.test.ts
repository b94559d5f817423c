import { type ExpectationState, expectationStates } from '@becket/client/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  costsATry,
  decideExpectation,
  expectationTransitions,
  isOpen,
  nextLook,
  openStates,
  type Resubmit,
  type WokenExpectation,
} from './expectation.ts'
import { ladder, type PollPlan, pollFirst } from './poll-plan.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

interface Watched {
  plan: PollPlan
  expectWithinMs: number
  deadlineMs: number
  canCheck: boolean
  /** How late a worker comes to the n-th look. */
  lateMs?: (look: number) => number
}

/** What the checker does from the submit on, on a virtual clock: looks when it is told to, and never hears of an end. */
function watch({ plan, expectWithinMs, deadlineMs, canCheck, lateMs = () => 0 }: Watched) {
  const clock = { submittedAtMs: 0, expectByMs: expectWithinMs, deadlineMs }
  const woken = {
    ...clock,
    state: 'waiting',
    isTraceable: true,
    isCurrentAttemptOfJob: true,
    resubmit: 'safe',
    plan,
  } satisfies WokenExpectation
  const looks: { atMs: number; dueMs: number; last: boolean }[] = []
  let nowMs = 0
  for (let look = 0; look < 100_000; look++) {
    const dueMs = nowMs + nextLook({ ...clock, plan, canCheck }, nowMs).afterMs
    nowMs = dueMs + lateMs(look)
    const decision = decideExpectation(woken, nowMs)
    if (decision.kind !== 'check') throw new Error(`a waiting expectation is checked, not ${decision.kind}`)
    looks.push({ atMs: nowMs, dueMs, last: decision.last })
    if (decision.last) return looks
  }
  throw new Error('it never ended')
}

describe('the ladder over 24 hours', () => {
  it('asks at exactly these minutes, the last time at the deadline', () => {
    const looks = watch({ plan: ladder, expectWithinMs: 5 * MINUTE, deadlineMs: 24 * HOUR, canCheck: true })
    const minutes = looks.map(({ atMs }) => atMs / MINUTE)
    const every = (step: number, from: number, to: number) =>
      Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step)
    expect(minutes).toEqual([...every(2, 5, 15), ...every(5, 20, 60), ...every(15, 75, 1440)])
    expect(looks.map(({ last }) => last)).toEqual([...minutes.slice(1).map(() => false), true])
  })

  it('looks once, at the deadline, where there is nobody to ask', () => {
    const looks = watch({ plan: ladder, expectWithinMs: 5 * MINUTE, deadlineMs: 24 * HOUR, canCheck: false })
    expect(looks).toEqual([{ atMs: 24 * HOUR, dueMs: 24 * HOUR, last: true }])
  })

  it('asks no more often for a worker that comes late', () => {
    const common = { plan: ladder, expectWithinMs: 5 * MINUTE, deadlineMs: 24 * HOUR, canCheck: true }
    const onTime = watch(common)
    const late = watch({ ...common, lateMs: () => 3 * MINUTE })
    expect(late.length).toBeLessThan(onTime.length)
  })
})

const plan: fc.Arbitrary<PollPlan> = fc.constantFrom<PollPlan>(ladder, pollFirst, { kind: 'none' })

describe('a waiting expectation', () => {
  it('is always given up in the end, and nothing is planned past its deadline', () => {
    const watched = fc.record({
      plan,
      expectWithinMs: fc.integer({ min: 1, max: 2 * HOUR }),
      deadlineMs: fc.integer({ min: 1, max: 24 * HOUR }),
      canCheck: fc.boolean(),
      lateness: fc.array(fc.nat({ max: HOUR }), { maxLength: 20 }),
    })
    fc.assert(
      fc.property(watched, ({ lateness, ...rest }) => {
        const looks = watch({ ...rest, lateMs: (look) => lateness[look] ?? 0 })
        for (const { dueMs } of looks) expect(dueMs).toBeLessThanOrEqual(rest.deadlineMs)
        expect(looks.at(-1)?.atMs).toBeGreaterThanOrEqual(rest.deadlineMs)
        expect(looks.filter(({ last }) => last)).toHaveLength(1)
      }),
      { numRuns: 60 },
    )
  })

  it('is not asked about before it is overdue, where the callback comes first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 * HOUR }), (expectWithinMs) => {
        const [first] = watch({ plan: ladder, expectWithinMs, deadlineMs: 24 * HOUR, canCheck: true })
        expect(first?.atMs).toBe(expectWithinMs)
      }),
      { numRuns: 30 },
    )
  })
})

const woken = {
  submittedAtMs: 0,
  expectByMs: 5 * MINUTE,
  deadlineMs: HOUR,
  isTraceable: false,
  isCurrentAttemptOfJob: true,
  resubmit: 'ask' as Resubmit,
  plan: ladder,
}

describe('what is done with an expectation that is looked at', () => {
  it('an interrupted submit is never repeated blindly: nobody knows, and that is written down', () => {
    for (const resubmit of ['safe', 'ask', 'never'] as const) {
      for (const nowMs of [0, HOUR, 30 * HOUR]) {
        expect(decideExpectation({ ...woken, state: 'submitting', resubmit }, nowMs)).toMatchObject({
          kind: 'unconfirm',
        })
      }
    }
  })

  it('a registered one is waited for until it is overdue, and is unconfirmed then', () => {
    const registered = { ...woken, state: 'registered' as const }
    expect(decideExpectation(registered, MINUTE)).toMatchObject({ kind: 'wait', afterMs: 4 * MINUTE })
    expect(decideExpectation(registered, 5 * MINUTE)).toMatchObject({ kind: 'unconfirm' })
  })

  it.each<[string, Partial<WokenExpectation>, number, object]>([
    ['waits until it is overdue', {}, MINUTE, { kind: 'wait', afterMs: 4 * MINUTE }],
    ['waits for its deadline where nobody may repeat it', {}, 6 * MINUTE, { kind: 'wait', afterMs: 54 * MINUTE }],
    ['expires at its deadline', {}, HOUR, { kind: 'expire' }],
    ['is asked about where the provider’s id is known', { isTraceable: true }, MINUTE, { kind: 'check' }],
    ['is not repeated before it is overdue', { resubmit: 'safe' }, 5 * MINUTE - 1, { kind: 'wait' }],
    ['is repeated once it is overdue and that is safe', { resubmit: 'safe' }, 5 * MINUTE, { kind: 'resubmit' }],
    [
      'is not repeated where the job waits for another attempt',
      { resubmit: 'safe', isCurrentAttemptOfJob: false },
      6 * MINUTE,
      { kind: 'wait' },
    ],
    ['is never repeated where that is forbidden', { resubmit: 'never' }, 6 * MINUTE, { kind: 'wait' }],
  ])('an unconfirmed one %s', (_, change, nowMs, decision) => {
    expect(decideExpectation({ ...woken, state: 'unconfirmed', ...change }, nowMs)).toMatchObject(decision)
  })

  it.each(expectationStates.filter((state) => !isOpen(state)))('%s: it is left alone', (state) => {
    expect(decideExpectation({ ...woken, state }, 30 * HOUR)).toEqual({ kind: 'leave' })
  })

  it('is in its transition table, in every state and at every time', () => {
    const next: Record<string, ExpectationState> = { unconfirm: 'unconfirmed', expire: 'expired' }
    const any = fc.record({
      state: fc.constantFrom(...expectationStates),
      isTraceable: fc.boolean(),
      isCurrentAttemptOfJob: fc.boolean(),
      resubmit: fc.constantFrom<Resubmit>('safe', 'ask', 'never'),
      plan,
    })
    fc.assert(
      fc.property(any, fc.nat({ max: 30 * HOUR }), (expectation, nowMs) => {
        const decision = decideExpectation({ ...woken, ...expectation }, nowMs)
        const to = next[decision.kind]
        if (to !== undefined) expect(expectationTransitions[expectation.state]).toContain(to)
        if (decision.kind === 'wait') expect(decision.afterMs).toBeGreaterThan(0)
        // Only what was handed over can be asked about or given up for silence.
        if (decision.kind === 'check' && decision.last) {
          expect(expectationTransitions[expectation.state]).toContain('expired')
        }
      }),
    )
  })
})

describe('the transition table', () => {
  it('lets an open expectation reach every end that its provider or its owner can give it', () => {
    for (const state of openStates) {
      expect(expectationTransitions[state]).toEqual(expect.arrayContaining(['succeeded', 'failed', 'cancelled']))
    }
  })

  it('never goes back to registered or submitting', () => {
    for (const targets of Object.values(expectationTransitions)) {
      expect(targets).not.toContain('registered')
      expect(targets).not.toContain('submitting')
    }
  })

  it('ends at succeeded, failed and cancelled, and at expired but for a late success', () => {
    const ends = expectationStates.filter((state) => !isOpen(state))
    expect(Object.fromEntries(ends.map((state) => [state, expectationTransitions[state]]))).toEqual({
      succeeded: [],
      failed: [],
      cancelled: [],
      expired: ['succeeded'],
    })
  })

  it('has no way around: each walk ends after at most four moves', () => {
    const longest = (state: ExpectationState, seen: readonly ExpectationState[] = []): number => {
      expect(seen).not.toContain(state)
      return Math.max(0, ...expectationTransitions[state].map((next) => 1 + longest(next, [...seen, state])))
    }
    expect(Math.max(...expectationStates.map((state) => longest(state)))).toBe(4)
  })
})

describe('what an attempt of which nobody knows costs its job', () => {
  it.each([
    [1, false, true],
    [12, false, true],
    [1, true, false],
    [9, true, false],
    [10, true, true],
  ])('attempt %i, interrupted by our own end %s: a try %s', (attempt, wasInterrupted, costs) => {
    expect(costsATry({ attempt, wasInterrupted })).toBe(costs)
  })
})
