/** Reads a prediction: a callback, an answer about it and the answer to its submit hold the same one. Pure. */
import { isRecord, type JsonRecord, readId, readJson } from '../json-body.ts'
import type { InboundCallback, Outcome, ProviderError, Reading } from '../provider.ts'
import { readSaid } from '../provider-error.ts'

/** `output` is the model's own: mostly addresses of files, which Replicate keeps for a short while only. */
interface PredictionOutput {
  ref: string | null
  output: unknown
}

export function readCallback(callback: InboundCallback): Reading {
  const read = readJson(callback.body)
  if (read.kind === 'unreadable') return read
  return isRecord(read.value) ? readPrediction(read.value) : unreadable('the body is no prediction')
}

/** The same on a redelivery. */
export function readEventId(callback: InboundCallback): string | null {
  return readId(callback.headers['webhook-id'])
}

export function readPrediction(prediction: JsonRecord): Reading {
  const { status, output, error, completed_at } = prediction
  const externalId = readId(prediction.id)
  if (typeof status !== 'string') return unreadable('the prediction has no status')
  const end = (outcome: Outcome): Reading => {
    const providerTime = timeOf(completed_at)
    return { kind: 'outcome', externalId, outcome: providerTime === null ? outcome : { ...outcome, providerTime } }
  }
  switch (status.trim().toLowerCase()) {
    case 'starting':
    case 'processing':
      return { kind: 'progress', externalId }
    case 'succeeded': {
      // Or no longer: what a prediction made is removed after a while, and its record stays.
      if (isNothing(output)) return unreadable('the prediction succeeded, and its output is not there')
      const brought: PredictionOutput = { ref: externalId, output }
      return end({ verdict: 'succeeded', output: brought })
    }
    case 'failed':
      return end({ verdict: 'failed', error: failure('PREDICTION_FAILED', error, true) })
    case 'canceled':
    case 'cancelled':
      return end({ verdict: 'failed', error: failure('PREDICTION_CANCELLED', error, false) })
    default:
      return unreadable(`the status ${JSON.stringify(status.slice(0, 60))} is not known`)
  }
}

function failure(code: string, error: unknown, retryable: boolean): ProviderError {
  const said = readSaid(error)
  const silent = retryable ? 'Replicate failed and did not say why' : 'the prediction was cancelled at Replicate'
  return { code: said.code ?? code, message: said.message ?? silent, retryable }
}

/** False and 0 are something: a model may answer with them. */
function isNothing(output: unknown): boolean {
  if (output === null || output === undefined || output === '') return true
  return typeof output === 'object' && Object.keys(output).length === 0
}

function timeOf(value: unknown): string | null {
  const time = new Date(typeof value === 'string' ? value : Number.NaN)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}

function unreadable(reason: string): Reading {
  return { kind: 'unreadable', reason }
}
