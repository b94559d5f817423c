/**
 * Reads what PiAPI says of a task: in a callback, a status answer and the answer to a submit it is the same `data`. A task
 * also repeats its configuration, with our secret in it: nothing but the output is ever taken over. Pure.
 */
import { isRecord, type JsonRecord, readId, readJson } from '../json-body.ts'
import type { InboundCallback, Outcome, ProviderError, Reading } from '../provider.ts'
import { cleanMessage, readSaid } from '../provider-error.ts'

/** `output` is the model's own: mostly addresses of files, which PiAPI deletes after some days. */
interface TaskOutput {
  ref: string | null
  output: unknown
}

export function readCallback(callback: InboundCallback): Reading {
  const read = readJson(callback.body)
  if (read.kind === 'unreadable') return read
  const task = taskIn(read.value)
  if (task === null) return unreadable('the body holds no task')
  const reading = readTask(task)
  if (reading.kind !== 'outcome') return reading
  const providerTime = isRecord(read.value) ? timeOf(read.value.timestamp) : null
  return providerTime === null ? reading : { ...reading, outcome: { ...reading.outcome, providerTime } }
}

/** In an envelope, or bare. */
export function taskIn(value: unknown): JsonRecord | null {
  if (!isRecord(value)) return null
  if (isRecord(value.data)) return value.data
  return 'task_id' in value ? value : null
}

export function readTask(task: JsonRecord): Reading {
  const { status, output } = task
  const externalId = readId(task.task_id)
  if (typeof status !== 'string') return unreadable('the task has no status')
  switch (status.trim().toLowerCase()) {
    // Staged: more tasks were handed in than the account may run at once.
    case 'staged':
    case 'pending':
    case 'processing':
      return { kind: 'progress', externalId }
    case 'completed': {
      if (isNothing(output)) return unreadable('the task is completed, and there is no output')
      const brought: TaskOutput = { ref: externalId, output }
      return outcomeOf(externalId, { verdict: 'succeeded', output: brought })
    }
    case 'failed':
      return outcomeOf(externalId, { verdict: 'failed', error: readFailure(task.error) })
    default:
      return unreadable(`the status ${JSON.stringify(status.slice(0, 60))} is not known`)
  }
}

function isNothing(output: unknown): boolean {
  if (output === null || output === undefined || output === '') return true
  return typeof output === 'object' && Object.keys(output).length === 0
}

/** Its codes are written down nowhere, and its advice for all of them is to try again: the attempts are bounded. */
function readFailure(error: unknown): ProviderError {
  const said = readSaid(isRecord(error) ? { error } : error)
  const raw = isRecord(error) && typeof error.raw_message === 'string' ? cleanMessage(error.raw_message) : ''
  return {
    // 0 stands beside every error that has no code.
    code: said.code === null || said.code === '0' ? 'TASK_FAILED' : said.code,
    message: said.message ?? (raw === '' ? 'PiAPI failed and did not say why' : raw),
    retryable: true,
  }
}

function outcomeOf(externalId: string | null, outcome: Outcome): Reading {
  return { kind: 'outcome', externalId, outcome }
}

/** Seconds since 1970. */
function timeOf(value: unknown): string | null {
  const time = new Date(typeof value === 'number' && value > 0 ? value * 1000 : Number.NaN)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}

function unreadable(reason: string): { kind: 'unreadable'; reason: string } {
  return { kind: 'unreadable', reason }
}
