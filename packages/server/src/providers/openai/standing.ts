/** OpenAI's words for how a response or a batch stands, and what each end means. Knows no shapes. */
import type { ProviderError } from '../provider.ts'
import type { Said } from '../provider-error.ts'

const workKinds = ['response', 'batch'] as const

/** Also the names of our operations, the beginnings of its events, and what `object` says. */
export type WorkKind = (typeof workKinds)[number]

export type Ended = 'completed' | 'failed' | 'cancelled' | 'incomplete' | 'expired'

const standings: Readonly<Record<WorkKind, ReadonlyMap<string, Ended | 'progress'>>> = {
  response: new Map<string, Ended | 'progress'>([
    ['queued', 'progress'],
    ['in_progress', 'progress'],
    ['completed', 'completed'],
    ['failed', 'failed'],
    ['cancelled', 'cancelled'],
    ['incomplete', 'incomplete'],
  ]),
  batch: new Map<string, Ended | 'progress'>([
    ['validating', 'progress'],
    ['in_progress', 'progress'],
    ['finalizing', 'progress'],
    ['cancelling', 'progress'],
    ['completed', 'completed'],
    ['failed', 'failed'],
    ['expired', 'expired'],
    ['cancelled', 'cancelled'],
  ]),
}

export function isWorkKind(name: string): name is WorkKind {
  return workKinds.some((kind) => kind === name)
}

/** Null for a word that is not known. */
export function standingOf(kind: WorkKind, word: string): Ended | 'progress' | null {
  return standings[kind].get(word) ?? null
}

/** The codes of failed responses that are OpenAI's own trouble: the same may succeed the next time. */
const passingCodes: ReadonlySet<string> = new Set(['server_error', 'rate_limit_exceeded', 'vector_store_timeout'])

export function failureOf(kind: WorkKind, ended: Exclude<Ended, 'completed'>, said: Said): ProviderError {
  const code = said.code ?? `${kind}_${ended}`.toUpperCase()
  switch (ended) {
    case 'failed':
      return {
        code,
        message: said.message ?? `the ${kind} failed, and why was not said with it`,
        // A batch fails when its file is refused: the same file is refused again. Without a code nothing says that it is
        // the request's fault, and the attempts are bounded.
        retryable: kind === 'response' && (said.code === null || passingCodes.has(said.code)),
      }
    case 'cancelled':
      return { code, message: said.message ?? `the ${kind} was cancelled at OpenAI`, retryable: false }
    case 'incomplete':
      return {
        code,
        message: said.message ?? 'the response ends before its end: a limit on its length, or a filter, cut it',
        retryable: false,
      }
    case 'expired':
      return {
        code,
        message: said.message ?? 'the batch was not done within its window; what was done is in its output file',
        retryable: true,
      }
    default:
      return ended satisfies never
  }
}
