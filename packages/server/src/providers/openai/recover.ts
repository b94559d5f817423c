/** Asks OpenAI how a response or a batch stands, and for what came of it. Embeddings are answered at once: nothing to ask. */
import type { Outbound } from '../../outbound/outbound.ts'
import { isMissing, isSuccess, unavailable } from '../failed-request.ts'
import { isRecord, readId, readJson } from '../json-body.ts'
import { pathSegment } from '../path-segment.ts'
import type { CheckAnswer, CollectAnswer, Expected } from '../provider.ts'
import { unauthorizedAdvice } from './options.ts'
import { isWorkKind, type WorkKind } from './standing.ts'
import { readWork } from './work.ts'

const paths: Readonly<Record<WorkKind, string>> = { response: '/v1/responses', batch: '/v1/batches' }

export function createRecovery(outbound: Outbound) {
  async function ask(
    kind: WorkKind,
    id: string,
    purpose: 'check' | 'collect',
    signal: AbortSignal,
  ): Promise<CheckAnswer> {
    const segment = pathSegment(id)
    if (segment === null) return { kind: 'missing' }
    const answer = await outbound.request({
      operation: purpose,
      method: 'GET',
      url: `${paths[kind]}/${segment}`,
      headers: { accept: 'application/json' },
      authenticated: true,
      signal,
    })
    // Deleted, not kept any longer, or of another project: no proof that it failed.
    if (isMissing(answer)) return { kind: 'missing' }
    if (!isSuccess(answer)) return unavailable(answer, unauthorizedAdvice)
    const read = readJson(answer.body)
    const work = read.kind === 'json' ? readWork(kind, read.value) : read
    if (work.kind === 'unreadable') return { kind: 'unavailable', reason: `the status cannot be read: ${work.reason}` }
    if (work.externalId !== id) return { kind: 'unavailable', reason: `the status is about another ${kind}` }
    return work.kind === 'pending' ? { kind: 'pending' } : { kind: 'outcome', outcome: work.outcome }
  }

  /** Without an id there is nothing to ask by; saying so is no fault of the API. */
  async function check({ operation, externalId }: Expected, signal: AbortSignal): Promise<CheckAnswer> {
    if (!isWorkKind(operation) || externalId === null) return { kind: 'missing' }
    return ask(operation, externalId, 'check', signal)
  }

  async function collect(
    { operation, externalId }: Expected,
    output: unknown,
    signal: AbortSignal,
  ): Promise<CollectAnswer> {
    const isThin = isRecord(output) && Object.keys(output).every((key) => key === 'ref')
    if (!isWorkKind(operation) || !isThin) return { kind: 'collected', output }
    const id = readId(output.ref) ?? externalId
    if (id === null) return { kind: 'missing', reason: `the id of the ${operation} is not known` }
    const answer = await ask(operation, id, 'collect', signal)
    switch (answer.kind) {
      case 'outcome':
        if (answer.outcome.verdict === 'succeeded') return { kind: 'collected', output: answer.outcome.output }
        return { kind: 'missing', reason: `there is no result: ${answer.outcome.error.message}` }
      case 'pending':
        return { kind: 'unavailable', reason: `the ${operation} is not done yet` }
      case 'missing':
        return { kind: 'missing', reason: `OpenAI has no ${operation} by this id: deleted, or not kept any longer` }
      case 'unavailable':
        return answer
      default:
        return answer satisfies never
    }
  }

  return { check, collect }
}
