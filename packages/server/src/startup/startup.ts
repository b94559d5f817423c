/**
 * Carries out a start: begins each step when what it needs is ready, gives each try its time, tries again what failed, and
 * tells how it goes. Decides nothing (see `core/startup.ts`) and stops no part (see `lifecycle.ts`). What was ready once is
 * not watched: that it fails later is seen by whoever uses it.
 */
import type { InstanceRole } from '@becket/client/contract'
import {
  awayOf,
  beginStep,
  onStepFails,
  onStepHolds,
  type RetryRule,
  retryDefaults,
  type Standing,
  type StepFault,
  type StepState,
  standingOf,
  stepsToBegin,
} from '../core/startup.ts'
import type { Log } from '../observe/log.ts'
import { faultOf, isFatal } from './failure.ts'
import { createPromise } from './open-promise.ts'
import type { Step } from './step.ts'
import { withinTime } from './time-limit.ts'

export type StartupEvent = { step: string; pauses: string; hard: boolean } & (
  | { kind: 'ready'; tookMs: number; wasAway: boolean }
  | { kind: 'slow'; afterMs: number }
  | { kind: 'away'; attempt: number; fault: StepFault; retryMs: number }
)

export interface StartupOptions {
  steps: readonly Step[]
  roles: readonly InstanceRole[]
  log: Log
  onEvent?: (event: StartupEvent) => void
  retry?: RetryRule
  /** How long one try may take before that is told; default 5 s. */
  slowAfterMs?: number
  random?: () => number
  /** Milliseconds since 1970. */
  now?: () => number
}

export interface Startup {
  /** Resolves when all that is hard is ready; rejects with what no waiting can mend, or when it is stopped before. */
  start(): Promise<void>
  /** Begins nothing more, and waits for nothing. */
  stop(): void
  standing(): Standing
  steps: readonly Step[]
  stateOf(step: string): StepState | undefined
  /** Resolves when the step was tried once, or is not there. */
  tried(step: string): Promise<void>
  /** When a step that is away is tried again; null while it is not away. */
  pausedUntil(step: string): { untilMs: number; reason: string } | null
}

// 5 s: longer than any start that is well.
const SLOW_AFTER_MS = 5_000
const MOMENT_MS = 1_000

export function createStartup(options: StartupOptions): Startup {
  const { roles, log, onEvent, retry = retryDefaults, random = Math.random, now = Date.now } = options
  const slowAfterMs = options.slowAfterMs ?? SLOW_AFTER_MS
  const steps = options.steps.filter(({ needs }) => needs.some((role) => roles.includes(role)))
  const states = new Map<string, StepState>(steps.map(({ name }) => [name, { state: 'waiting', sinceMs: now() }]))
  const tries = new Map(steps.map(({ name }) => [name, createPromise()]))
  const stopping = new AbortController()
  const ready = createPromise()
  const timers = new Set<NodeJS.Timeout>()
  // Nobody may be waiting for it yet.
  ready.promise.catch(() => {})

  // Each request asks how it stands, and that changes some ten times in the life of a process.
  let known: Standing | null = null
  function standing(): Standing {
    known ??= standingOf(steps, states, roles)
    return known
  }

  function move(step: Step, state: StepState): void {
    states.set(step.name, state)
    known = null
  }

  function advance(): void {
    if (stopping.signal.aborted) return
    for (const step of stepsToBegin(steps, states)) begin(step)
    if (standing().isReady) ready.resolve()
  }

  function begin(step: Step): void {
    const begun = beginStep(states.get(step.name) ?? { state: 'waiting', sinceMs: now() }, now())
    move(step, begun)
    if (begun.state !== 'starting') return
    void attempt(step, begun).finally(() => tries.get(step.name)?.resolve())
  }

  async function attempt(step: Step, begun: StepState & { state: 'starting' }): Promise<void> {
    const beganMs = performance.now()
    const slow = setTimeout(() => tellSlow(step), slowAfterMs)
    try {
      await withinTime(step.timeLimitMs, stopping.signal, async (signal) => {
        await step.start?.(signal)
        signal.throwIfAborted()
        await step.test?.(signal)
      })
      move(step, onStepHolds(now()))
      tellReady(step, Math.round(performance.now() - beganMs), begun.away !== null)
      advance()
    } catch (error) {
      if (stopping.signal.aborted) return
      if (isFatal(error)) ready.reject(error)
      else putOff(step, begun, faultOf(error, step))
    } finally {
      clearTimeout(slow)
    }
  }

  function putOff(step: Step, begun: StepState & { state: 'starting' }, fault: StepFault): void {
    const nowMs = now()
    const away = onStepFails(begun, fault, { nowMs, random, rule: retry })
    move(step, away)
    const retryMs = away.nextTryMs - nowMs
    const timer = setTimeout(() => {
      timers.delete(timer)
      begin(step)
    }, retryMs)
    timers.add(timer)
    const { name, hard, pauses } = step
    const { reason, remedy } = fault
    log.warn({ step: name, hard, attempt: away.attempt, reason, remedy, retryMs }, 'a step of the start failed')
    onEvent?.({ kind: 'away', step: name, hard, pauses, attempt: away.attempt, fault, retryMs })
  }

  function tellReady({ name, hard, pauses }: Step, tookMs: number, wasAway: boolean): void {
    log.debug({ step: name, tookMs, wasAway }, 'a step of the start is ready')
    onEvent?.({ kind: 'ready', step: name, hard, pauses, tookMs, wasAway })
  }

  function tellSlow({ name, hard, pauses, timeLimitMs }: Step): void {
    log.warn({ step: name, afterMs: slowAfterMs, timeLimitMs }, 'a step of the start takes long')
    onEvent?.({ kind: 'slow', step: name, hard, pauses, afterMs: slowAfterMs })
  }

  return {
    start() {
      advance()
      return ready.promise
    },
    stop() {
      const reason = new Error('stopped while starting')
      stopping.abort(reason)
      ready.reject(reason)
      for (const timer of timers) clearTimeout(timer)
      for (const { resolve } of tries.values()) resolve()
    },
    standing,
    steps,
    stateOf: (step) => states.get(step),
    tried: async (step) => tries.get(step)?.promise,
    pausedUntil(step) {
      const state = states.get(step)
      const away = awayOf(state)
      if (away === null || state === undefined) return null
      // While it is being tried again, its answer is a moment away.
      return { untilMs: state.state === 'away' ? state.nextTryMs : now() + MOMENT_MS, reason: away.fault.reason }
    },
  }
}
