/** Hands one task to PiAPI. Tries once. Who is called back, and with which secret, is ours to say. */
import { z } from 'zod'
import type { Outbound } from '../../outbound/outbound.ts'
import { isSuccess, submitFailure } from '../failed-request.ts'
import { readId, readJson } from '../json-body.ts'
import type { SubmitAnswer, SubmitRequest } from '../provider.ts'
import { unauthorizedAdvice } from './check.ts'
import { readTask, taskIn } from './task.ts'

/** In PiAPI's own words: what a model takes is between it and its user. */
const taskInput = z.strictObject({
  model: z.string().min(1),
  task_type: z.string().min(1),
  input: z.record(z.string(), z.unknown()),
  config: z.record(z.string(), z.unknown()).optional(),
})

export async function submitTask(
  outbound: Outbound,
  secret: string | undefined,
  { operation, input, callbackUrl }: SubmitRequest,
  signal: AbortSignal,
): Promise<SubmitAnswer> {
  const parsed = taskInput.safeParse(input)
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `\`${path.join('.') || 'input'}\`: ${message}`)
    return { kind: 'refused', error: { code: 'INPUT_INVALID', message: faults.join('; '), retryable: false } }
  }
  const { config: { webhook_config: _, ...config } = {}, ...task } = parsed.data
  const webhook_config = { endpoint: callbackUrl, ...(secret !== undefined && { secret }) }
  const answer = await outbound.request({
    operation,
    method: 'POST',
    url: '/api/v1/task',
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    body: JSON.stringify({ ...task, config: { ...config, ...(callbackUrl !== undefined && { webhook_config }) } }),
    authenticated: true,
    signal,
  })
  return isSuccess(answer) ? readTaken(answer.body) : submitFailure(answer, unauthorizedAdvice)
}

function readTaken(body: Buffer): SubmitAnswer {
  const read = readJson(body)
  const task = read.kind === 'json' ? taskIn(read.value) : null
  const externalId = task === null ? null : readId(task.task_id)
  if (task === null || externalId === null) {
    const message = 'the submit was answered without the id of a task'
    return { kind: 'unclear', error: { code: 'ANSWER_UNREADABLE', message, retryable: true } }
  }
  const reading = readTask(task)
  // A status that nobody knows is not the submit's business; the id is.
  return reading.kind === 'outcome'
    ? { kind: 'answered', externalId, outcome: reading.outcome }
    : { kind: 'accepted', externalId }
}
