/** Which answers to a submit are their dependency's fault, and open its breaker; what it refuses for its own good reasons is none. */
import type { SubmitAnswer } from '../providers/provider.ts'

export function isFaultOf(answer: SubmitAnswer): boolean {
  if (answer.kind === 'unclear') return true
  return answer.kind === 'refused' && answer.error.retryable && answer.retryAfterMs === undefined
}

export function faultOf(answer: SubmitAnswer): string {
  return 'error' in answer ? `${answer.error.code}: ${answer.error.message}` : ''
}
