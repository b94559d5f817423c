/** How an expectation can end, as one union. */
import type { Expectation, OutcomeError } from './contract/expectations.ts'

interface Ended {
  expectation: Expectation
}

export type Outcome =
  | (Ended & { state: 'succeeded'; output: unknown })
  | (Ended & { state: 'failed'; error: OutcomeError })
  | (Ended & { state: 'cancelled' })
  /** The deadline passed without proof. Not settled: a late success still turns it into `succeeded`. */
  | (Ended & { state: 'expired' })

const UNEXPLAINED: OutcomeError = { code: 'PROVIDER_FAILED', message: 'The provider gave no reason', retryable: false }

/** Null while it is open. */
export function outcomeOf(expectation: Expectation): Outcome | null {
  switch (expectation.state) {
    case 'succeeded':
      return { state: 'succeeded', output: expectation.outcome, expectation }
    case 'failed':
      return { state: 'failed', error: expectation.error ?? UNEXPLAINED, expectation }
    case 'cancelled':
    case 'expired':
      return { state: expectation.state, expectation }
    case 'registered':
    case 'submitting':
    case 'waiting':
    case 'unconfirmed':
      return null
    default:
      return expectation.state satisfies never
  }
}
