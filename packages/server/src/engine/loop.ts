/**
 * Something done again and again until it is told to stop: one round, a pause with jitter, another round. Safe to stop
 * before it was started, and twice; `stop` resolves when the round under way has ended.
 */
import type { Log } from '../observe/log.ts'

export interface Service {
  name: string
  start(): Promise<void>
  stop(): Promise<void>
  /** When it last got on with its work, and how long it may be silent before it counts as stuck. */
  health(): ServiceHealth
}

export interface ServiceHealth {
  /** Milliseconds since 1970; null before the first round ended. To be shown: clocks jump. */
  lastRoundMs: number | null
  /** How long ago that was; null as above. */
  sinceRoundMs: number | null
  /** How long ago it last did anything: a round began, ended or failed. Null before it started. */
  sinceTurnMs: number | null
  stuckAfterMs: number
  lastError: string | null
}

/** Alive is who gets on, not who is there. */
export function isStuck({ sinceRoundMs, stuckAfterMs }: ServiceHealth): boolean {
  return sinceRoundMs !== null && sinceRoundMs > stuckAfterMs
}

/** A loop that fails and tries again is not hung: what it depends on may be away. */
export function isHung({ sinceTurnMs, stuckAfterMs }: ServiceHealth): boolean {
  return sinceTurnMs !== null && sinceTurnMs > stuckAfterMs
}

export interface Loop extends Service {
  /** Ends the pause: something is there to do. */
  poke(): void
}

export interface LoopOptions {
  name: string
  pauseMs: number
  log: Log
  /** Answers how long to pause, to the millisecond, where that is not the usual pause. */
  round(signal: AbortSignal): Promise<number | undefined>
  onError?(error: unknown): void
}

// A minute without a finished round: three statement time-outs in a row, or an endless one.
const STUCK_AFTER_MS = 60_000

export function createLoop({ name, pauseMs, log, round, onError }: LoopOptions): Loop {
  const controller = new AbortController()
  let running: Promise<void> | undefined
  let wakeUp: (() => void) | undefined
  let poked = false
  let failures = 0
  let lastRoundMs: number | null = null
  let roundAt: number | null = null
  let turnAt: number | null = null
  let lastError: string | null = null

  async function go(): Promise<void> {
    while (!controller.signal.aborted) {
      poked = false
      turnAt = performance.now()
      let pause: number
      try {
        // Jitter, so that processes started together do not ask together.
        pause = (await round(controller.signal)) ?? jittered(pauseMs)
        failures = 0
        lastError = null
        lastRoundMs = Date.now()
        roundAt = performance.now()
      } catch (error) {
        if (controller.signal.aborted) return
        failures += 1
        lastError = error instanceof Error ? error.message : String(error)
        if (onError === undefined) log.error({ loop: name, err: error, failures }, `${name}: a round failed; going on`)
        else onError(error)
        pause = jittered(Math.min(30_000, 250 * 2 ** Math.min(failures, 7)))
      }
      turnAt = performance.now()
      await rest(pause)
    }
  }

  function rest(ms: number): Promise<void> {
    if (poked || controller.signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wakeUp = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  return {
    name,
    async start() {
      running ??= go()
    },
    async stop() {
      controller.abort()
      wakeUp?.()
      await running
    },
    poke() {
      poked = true
      wakeUp?.()
    },
    health: () => ({
      lastRoundMs,
      sinceRoundMs: since(roundAt),
      sinceTurnMs: since(turnAt),
      stuckAfterMs: STUCK_AFTER_MS + pauseMs * 2,
      lastError,
    }),
  }
}

function since(at: number | null): number | null {
  return at === null ? null : performance.now() - at
}

function jittered(ms: number): number {
  return ms * (0.75 + Math.random() / 2)
}
