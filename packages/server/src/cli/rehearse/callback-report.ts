/** What a rehearsed callback came to, for people and for programs; and whether it came to what it should. */
import { problemSchema } from '@becket/client'
import { redactTokens } from '../../core/callback-token.ts'
import { type Output, stateCell } from '../output.ts'
import { type Followed, isRead, type SentAnswer } from './callback-follow.ts'
import type { RehearsedCallback } from './callback-request.ts'

export interface CallbackResult extends Followed {
  source: string
  scheme: string
  sent: RehearsedCallback
  /** What is wrong with it, where it was made to be refused. */
  forgery: string | null
  /** The expectation that it was sent for. */
  expectationId: string | null
}

/** A forged one is to be refused; any other is to be taken and read, and to reach its expectation where it has one. */
export function cameOut(result: CallbackResult): boolean {
  const { answer, callback, forgery, expectationId } = result
  if (forgery !== null) return answer.status === 401
  if (answer.status < 200 || answer.status > 299) return false
  // A handshake is answered and not kept.
  if (callback === null) return expectationId === null
  const reached = callback.fate === 'matched' || callback.fate === 'late' || callback.fate === 'duplicate'
  return reached || (callback.fate === 'orphan' && expectationId === null)
}

export function callbackJson(result: CallbackResult): unknown {
  const { source, scheme, sent, answer, callback, expectation, evidence } = result
  return {
    ok: cameOut(result),
    source,
    signedBy: scheme,
    sent: { url: redactTokens(sent.url), bodyBytes: sent.body.length },
    answer,
    callback: callback && {
      id: callback.id,
      verdict: callback.verdict,
      verdictReason: callback.verdictReason,
      fate: callback.fate,
      fateReason: callback.fateReason,
      duplicateOf: callback.duplicateOf,
    },
    expectation: expectation && {
      id: expectation.id,
      state: expectation.state,
      settledBy: expectation.settledBy,
      relation: evidence?.relation ?? null,
    },
  }
}

export function printCallback(output: Output, result: CallbackResult): void {
  const { sent, answer, callback, expectation, evidence, forgery } = result
  output.facts([
    ['sent', `POST ${redactTokens(sent.url)} · ${sent.body.length} bytes`],
    ['signed', signatureOf(result)],
    ['answer', `${answer.status} ${answerOf(answer)}`],
    ['callback', callback?.id ?? 'nothing was kept'],
    ['verdict', stateCell(callback?.verdict ?? null)],
    ['', callback?.verdictReason ?? null],
    ['fate', stateCell(callback?.fate ?? null)],
    ['', fateReasonOf(callback)],
    ['duplicate of', callback?.duplicateOf ?? null],
    ['expectation', expectation?.id ?? null],
    ['state', stateCell(expectation?.state ?? null)],
    ['', evidence === null ? null : meanings[evidence.relation]],
  ])
  output.line()
  output.line(output.paint(cameOut(result) ? 'good' : 'bad', conclusionOf(result)))
  if (callback !== null && forgery === null) output.line(output.paint('faint', `becket callbacks show ${callback.id}`))
}

function signatureOf({ scheme, forgery }: CallbackResult): string {
  if (scheme === 'none') return 'not at all: the source demands no signature'
  return forgery === null ? `by ${scheme}` : `by ${scheme}, ${forgery}`
}

/** A refusal in Becket's own words; anything else as it came. */
function answerOf({ body }: SentAnswer): string {
  try {
    const problem = problemSchema.safeParse(JSON.parse(body))
    if (problem.success) return `${problem.data.code}: ${redactTokens(problem.data.detail)}`
  } catch {
    // Not a fault: what stands between may answer in any words.
  }
  return redactTokens(body.trim())
}

/** The reason of a verdict is told beside it. */
function fateReasonOf(callback: Followed['callback']): string | null {
  return callback === null || callback.fateReason === callback.verdictReason ? null : callback.fateReason
}

const meanings = {
  settled: 'this callback settled it',
  revived: 'this callback revived it: it had expired',
  duplicate: 'it had been settled by one that said the same',
  contradicting: 'this callback contradicts what had settled it',
  late: 'it had ended before this callback',
  inconclusive: 'this callback does not decide it by itself',
}

function conclusionOf(result: CallbackResult): string {
  const { answer, callback, forgery, expectationId } = result
  if (forgery !== null) {
    return answer.status === 401 ? 'It was refused, as it has to be.' : 'It should have been refused, and was not.'
  }
  if (callback === null) {
    return cameOut(result) ? 'It was answered at once and not kept: a handshake.' : 'It was not taken.'
  }
  if (!isRead(callback.fate))
    return 'It is stored, and was not read in time: is there an instance with the role worker?'
  if (callback.fate === 'orphan') {
    return expectationId === null
      ? 'It was taken and read; nothing waits for the work that it speaks of.'
      : 'It was taken and read, and did not reach its expectation.'
  }
  return cameOut(result) ? 'It was taken and read.' : 'It was not read: no adapter knows what it says.'
}
