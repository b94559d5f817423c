import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  awayOf,
  beginStep,
  onStepFails,
  onStepHolds,
  type StepPlan,
  type StepState,
  standingOf,
  startupTransitions,
  stepsToBegin,
} from './startup.ts'

const all = ['intake', 'api', 'worker'] as const
const fault = { reason: 'refused', remedy: 'start it', isRefusal: false }
const waiting: StepState = { state: 'waiting', sinceMs: 0 }

function plan(name: string, facts: Partial<StepPlan> = {}): StepPlan {
  return { name, needs: all, hard: true, after: [], pauses: name, ...facts }
}

function failed(before: StepState, nowMs: number, random = () => 0.5) {
  const begun = beginStep(before, nowMs)
  if (begun.state !== 'starting') throw new Error('a step that begins is starting')
  return onStepFails(begun, fault, { nowMs, random })
}

describe('what begins', () => {
  it('is what waits and has all that it needs; a step that this process lacks holds nobody up', () => {
    const steps = [plan('database'), plan('schema', { after: ['database', 'elsewhere'] }), plan('storage')]
    const states = new Map<string, StepState>(steps.map(({ name }) => [name, waiting]))
    expect(stepsToBegin(steps, states).map(({ name }) => name)).toEqual(['database', 'storage'])
    states.set('database', onStepHolds(1))
    states.set('storage', failed(waiting, 1))
    expect(stepsToBegin(steps, states).map(({ name }) => name)).toEqual(['schema'])
  })
})

describe('a step that fails', () => {
  it('is tried again ever more rarely, with jitter, at least twice a minute', () => {
    let state: StepState = waiting
    const waits: number[] = []
    for (let attempt = 0; attempt < 9; attempt++) {
      const away = failed(state, 1_000, () => 1)
      waits.push(away.nextTryMs - 1_000)
      state = away
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 60 }), (random, attempt) => {
        const begun: StepState & { state: 'starting' } = { state: 'starting', sinceMs: 0, attempt, away: null }
        const { nextTryMs } = onStepFails(begun, fault, { nowMs: 0, random: () => random })
        expect(nextTryMs).toBeGreaterThanOrEqual(250)
        expect(nextTryMs).toBeLessThanOrEqual(30_000)
      }),
    )
  })

  it('is left alone for long where somebody said no, such as to a password', () => {
    const begun: StepState & { state: 'starting' } = { state: 'starting', sinceMs: 0, attempt: 1, away: null }
    const { nextTryMs } = onStepFails(begun, { ...fault, isRefusal: true }, { nowMs: 0, random: () => 0 })
    expect(nextTryMs).toBe(15_000)
  })

  it('remembers since when it is away while it is tried again, and counts its tries', () => {
    const first = failed(waiting, 1_000)
    const second = failed(first, 2_000)
    expect(second).toMatchObject({ state: 'away', sinceMs: 1_000, attempt: 2 })
    expect(awayOf(beginStep(second, 3_000))).toEqual({ sinceMs: 1_000, fault })
    expect(awayOf(onStepHolds(4_000))).toBeNull()
  })
})

describe('where a process stands', () => {
  const steps = [
    plan('database'),
    plan('storage', { hard: false, needs: ['api', 'worker'] }),
    plan('work', { needs: ['worker'] }),
  ]

  it('is ready role by role: what only the worker needs keeps no callback out', () => {
    const states = new Map<string, StepState>([['database', onStepHolds(1)]])
    for (const { name } of steps.slice(1)) states.set(name, waiting)
    expect(standingOf(steps, states, all)).toMatchObject({
      isReady: false,
      roles: { intake: true, api: true, worker: false },
      missing: [{ name: 'work' }],
      paused: [],
    })
    expect(standingOf(steps, states, ['intake'])).toMatchObject({ isReady: true, roles: { intake: true } })
  })

  it('is ready without what is soft, whose work is paused until it is back', () => {
    const states = new Map<string, StepState>(steps.map(({ name }) => [name, onStepHolds(1)]))
    const away = failed(waiting, 1)
    for (const state of [away, beginStep(away, 2)]) {
      states.set('storage', state)
      expect(standingOf(steps, states, all)).toMatchObject({ isReady: true, paused: [{ name: 'storage' }] })
    }
    states.set('storage', onStepHolds(3))
    expect(standingOf(steps, states, all).paused).toEqual([])
  })
})

it('moves only along its table', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 8 }), (outcomes) => {
      let state: StepState = waiting
      const move = (next: StepState) => {
        expect(startupTransitions[state.state]).toContain(next.state)
        state = next
        return next
      }
      for (const holds of outcomes) {
        const begun = move(beginStep(state, 0))
        if (begun.state !== 'starting') throw new Error('a step that begins is starting')
        if (holds) {
          move(onStepHolds(0))
          return
        }
        move(onStepFails(begun, fault, { nowMs: 0, random: () => 0 }))
      }
    }),
  )
})
