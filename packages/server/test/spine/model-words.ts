/** What the words of a scene mean for the provider's port. */
import type { CheckAnswer, CollectAnswer, SubmitAnswer } from '../../src/providers/provider.ts'
import type { CheckWord, CollectWord, SubmitWord } from './model-commands.ts'
import { MINUTE } from './setup.ts'

const error = { code: 'SAID_SO', message: 'it went wrong', retryable: true }

export function submitAnswer(word: Exclude<SubmitWord, 'throws'>, id: string): SubmitAnswer {
  switch (word) {
    case 'accepted':
      return { kind: 'accepted', externalId: `ext-${id}` }
    case 'no-id':
      return { kind: 'accepted', externalId: null }
    case 'done':
      return { kind: 'answered', externalId: `ext-${id}`, outcome: { verdict: 'succeeded', output: 'at once' } }
    case 'failed':
      return { kind: 'answered', externalId: null, outcome: { verdict: 'failed', error } }
    case 'refused':
      return { kind: 'refused', error }
    case 'rate-limited':
      return { kind: 'refused', error, retryAfterMs: MINUTE }
    case 'unclear':
      return { kind: 'unclear', error }
    default:
      return word satisfies never
  }
}

export function checkAnswer(word: Exclude<CheckWord, 'throws'>): CheckAnswer {
  switch (word) {
    case 'done':
      return { kind: 'outcome', outcome: { verdict: 'succeeded', output: 'asked' } }
    case 'failed':
      return { kind: 'outcome', outcome: { verdict: 'failed', error } }
    case 'unavailable':
      return { kind: 'unavailable', reason: 'the status API is down' }
    default:
      return { kind: word }
  }
}

export function collectAnswer(word: Exclude<CollectWord, 'throws'>): CollectAnswer {
  switch (word) {
    case 'collected':
      return { kind: 'collected', output: 'all of it' }
    default:
      return { kind: word, reason: 'not to be had' }
  }
}
