/**
 * The breakers, as a process sees them that cannot reach some dependency from where it stands: work for that is put off
 * without a try, and without a word to other processes, whose own way there may be fine. Until it was asked for the first
 * time, whoever needs it waits for that answer. Opens no breaker.
 */
import type { BreakerGate } from '../core/breaker-gate.ts'
import type { Breakers } from '../store/breakers.ts'

export interface Pauses {
  /** Resolves when the step was tried once, or is not there. */
  tried(step: string): Promise<void>
  pausedUntil(step: string): { untilMs: number; reason: string } | null
}

export function pauseGates(breakers: Breakers, pauses: Pauses): Breakers {
  const paused = new Map<string, { gate: BreakerGate; paused: BreakerGate }>()
  return {
    ...breakers,
    gate(name, subject) {
      const gate = breakers.gate(name, subject)
      const known = paused.get(name)
      // For some subjects it may be another one: they have no breakers.
      if (known?.gate === gate) return known.paused
      const made = { gate, paused: pauseGate(gate, stepOf(name), pauses) }
      paused.set(name, made)
      return made.paused
    },
  }
}

function pauseGate(gate: BreakerGate, step: string, pauses: Pauses): BreakerGate {
  let isTried = false
  async function admit() {
    const paused = pauses.pausedUntil(step)
    if (paused === null) return gate.admit()
    return { kind: 'refused', retryAtMs: paused.untilMs, reason: paused.reason } as const
  }
  return {
    ...gate,
    admit() {
      if (isTried) return admit()
      return pauses.tried(step).then(() => {
        isTried = true
        return admit()
      })
    },
  }
}

/** There is one storage, whatever its kind; sources and sinks are called alike. */
const stepOf = (breaker: string) => (breaker.startsWith('storage:') ? 'storage' : breaker)
