/** Whether a provider has an expectation's work in hand: what counts where its room is limited. */
import type { ExpectationState } from '@becket/client/contract'

/** Of an unconfirmed one nobody knows; by the time it should have been done, it holds up nobody any more. */
export function isInHand(state: ExpectationState, times: { nowMs: number; expectByMs: number }): boolean {
  if (state === 'unconfirmed') return times.nowMs < times.expectByMs
  return state === 'submitting' || state === 'waiting'
}
