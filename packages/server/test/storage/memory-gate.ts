/** A breaker of one process, in memory, on a clock that a test moves: for tests of those who ask it. */
import { admit, type BreakerState, closedBreaker, onFault, onSuccess } from '../../src/core/breaker.ts'
import type { BreakerGate } from '../../src/core/breaker-gate.ts'

export interface MemoryGate extends BreakerGate {
  breaker: BreakerState
}

export function createMemoryGate(now: () => number): MemoryGate {
  const gate: MemoryGate = {
    breaker: closedBreaker,
    async admit() {
      const admission = admit(gate.breaker, now())
      if (admission.kind === 'trial') gate.breaker = admission.next
      return admission.kind === 'refused' ? admission : { kind: 'admitted', trial: admission.kind === 'trial' }
    },
    async succeeded() {
      gate.breaker = onSuccess(gate.breaker)
    },
    async faulted(reason) {
      gate.breaker = onFault(gate.breaker, reason, now())
      const admission = admit(gate.breaker, now())
      return admission.kind === 'refused' ? admission : null
    },
  }
  return gate
}
