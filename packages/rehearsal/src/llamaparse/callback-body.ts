/** The bodies of LlamaParse's callbacks, and the ways in which they come garbled. Pure; `deliver.ts` sends them. */
import type { ParseOutcome } from './job-book.ts'

type Json = Record<string, unknown>

/** Words for success that are not the documented ones. */
export const OTHER_WORDS = {
  v1: ['OK', 'completed', 'COMPLETED', 'done'],
  v2: ['OK', 'SUCCESS', 'completed', 'done'],
} as const

export interface Garbling {
  nullId: boolean
  missingId: boolean
  listShape: boolean
  stringified: boolean
  /** Null: the documented word. */
  statusWord: string | null
}

/**
 * v1 says no job id: only the address tells which job it was. What it sends for a job that failed is documented nowhere;
 * this is the status route's answer without the id.
 */
export function v1Body(outcome: ParseOutcome, garbling: Garbling): Json {
  const status = garbling.statusWord !== null && outcome.kind === 'succeeded' ? { status: garbling.statusWord } : {}
  // The real body has no id to be null; a receiver must not take this one for an id.
  const id = garbling.nullId ? { id: null, job_id: null } : {}
  if (outcome.kind === 'failed') {
    return { ...id, status: 'ERROR', error_code: outcome.code, error_message: outcome.message }
  }
  return { ...id, ...status, txt: outcome.text, md: outcome.md, json: v1Pages(outcome), images: [] }
}

export function v1Pages(outcome: Extract<ParseOutcome, { kind: 'succeeded' }>): Json[] {
  return outcome.pages.map(({ page, text, md }) => ({ page, text, md, images: [], items: [] }))
}

export interface V2Event {
  eventId: string
  /** Seconds since 1970, with a fraction. */
  timestamp: number
  jobId: string
  projectId: string
  /** `pending` and `running` only for those who asked for them. */
  stage: 'pending' | 'running' | 'success' | 'error'
  failure: { code: string; message: string } | null
}

const V2_STATUS = { pending: 'PENDING', running: 'RUNNING', success: 'COMPLETED', error: 'FAILED' } as const

export function v2EventType(stage: V2Event['stage'], garbling: Garbling): string {
  return stage === 'success' && garbling.statusWord !== null
    ? `parse.${garbling.statusWord.toLowerCase()}`
    : `parse.${stage}`
}

export function v2Body(event: V2Event, garbling: Garbling): Json {
  const id = garbling.nullId ? null : event.jobId
  return {
    event_id: event.eventId,
    event_type: v2EventType(event.stage, garbling),
    timestamp: event.timestamp,
    data: {
      ...(garbling.missingId ? {} : { id, job_id: id }),
      project_id: event.projectId,
      status: (event.stage === 'success' ? garbling.statusWord : null) ?? V2_STATUS[event.stage],
      ...(event.failure ? { error_code: event.failure.code, error_message: event.failure.message } : {}),
    },
  }
}

/** What is sent, byte for byte. */
export function encodeBody(body: Json, format: 'string' | 'json', garbling: Garbling): string {
  const json = JSON.stringify(garbling.listShape ? [body] : body)
  return format === 'string' || garbling.stringified ? JSON.stringify(json) : json
}
