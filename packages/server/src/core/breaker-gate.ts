/** The breaker as those who call a dependency see it: ask, call, and say how it went. See `store/breakers.ts`. */

export interface Refusal {
  kind: 'refused'
  /** On the caller's own clock, in milliseconds since 1970. */
  retryAtMs: number
  /** The fault that opened it, or what an operator said. For the log and the operator. */
  reason: string
}

/** None of these throws when the database is away: what guards a dependency must not fail in its stead. */
export interface BreakerGate {
  /** Whoever is admitted reports back by `succeeded` or `faulted`. A trial that nobody reports lapses. */
  admit(): Promise<{ kind: 'admitted'; trial: boolean } | Refusal>
  /** The dependency answered, be it that something is missing, forbidden or malformed. */
  succeeded(): Promise<void>
  /** The dependency failed. The answer says whether it is to be left alone now. */
  faulted(reason: string): Promise<Refusal | null>
}

/** For what is done without breakers: admits everybody, and learns nothing. */
export const alwaysOpen: BreakerGate = {
  admit: async () => ({ kind: 'admitted', trial: false }),
  succeeded: async () => {},
  faulted: async () => null,
}
