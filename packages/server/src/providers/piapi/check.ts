/** Asks PiAPI how a task stands, by the id that it gave it. */
import type { Outbound } from '../../outbound/outbound.ts'
import { isMissing, isSuccess, unavailable } from '../failed-request.ts'
import { readJson } from '../json-body.ts'
import { pathSegment } from '../path-segment.ts'
import type { CheckAnswer, Expected } from '../provider.ts'
import { readTask, taskIn } from './task.ts'

export const unauthorizedAdvice = { unauthorized: "Check the source's `apiKey`." }

export async function checkTask(
  outbound: Outbound,
  { externalId }: Expected,
  signal: AbortSignal,
): Promise<CheckAnswer> {
  const segment = externalId === null ? null : pathSegment(externalId)
  // Nothing to ask by: the answer to the submit was lost.
  if (segment === null) return { kind: 'missing' }
  const answer = await outbound.request({
    operation: 'check',
    method: 'GET',
    url: `/api/v1/task/${segment}`,
    headers: { accept: 'application/json' },
    authenticated: true,
    signal,
  })
  if (isMissing(answer)) return { kind: 'missing' }
  if (!isSuccess(answer)) return unavailable(answer, unauthorizedAdvice)
  const read = readJson(answer.body)
  const task = read.kind === 'json' ? taskIn(read.value) : null
  if (task === null) return unreadable('it holds no task')
  const reading = readTask(task)
  if (reading.kind === 'unreadable') return unreadable(reading.reason)
  if (reading.externalId !== externalId) return unreadable('it is about another task')
  return reading.kind === 'progress' ? { kind: 'pending' } : { kind: 'outcome', outcome: reading.outcome }
}

function unreadable(reason: string): CheckAnswer {
  return { kind: 'unavailable', reason: `the status cannot be read: ${reason}` }
}
