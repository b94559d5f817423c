/** What Airtable says when it takes a request not, and what is to be done about it. Pure. */
import { z } from 'zod'
import type { DeliveryAnswer, DeliveryError } from '../../core/delivery.ts'

const toldSchema = z.union([
  z.object({ error: z.string(), message: z.string().optional() }),
  z.object({ error: z.object({ type: z.string(), message: z.string().optional() }) }),
])
/** `{"error": {"type", "message"}}`, `{"error": "NOT_FOUND"}`, or a list of them, as for limits. */
const refusalSchema = z.union([toldSchema, z.object({ errors: z.tuple([toldSchema], z.unknown()) })])

export interface Refusal {
  status: number
  type: string
  message: string
}

const MAX_MESSAGE = 500

export function readRefusal(status: number, body: Buffer): Refusal {
  const parsed = refusalSchema.safeParse(parseJson(body))
  if (!parsed.success) return { status, type: `HTTP_${status}`, message: `it answered ${status}` }
  const told = 'errors' in parsed.data ? parsed.data.errors[0] : parsed.data
  const { type, message } = typeof told.error === 'string' ? { ...told, type: told.error } : told.error
  const said = message === undefined || message === '' ? type : message
  return { status, type: codeOf(type) || `HTTP_${status}`, message: said.slice(0, MAX_MESSAGE) }
}

function codeOf(type: string): string {
  return type
    .toUpperCase()
    .replace(/[^A-Z0-9_]+/g, '_')
    .slice(0, 100)
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}

// Said of the table or of a cell: two rows with one run id are not what is meant.
const ofOneRecord: Readonly<Record<string, (sink: string) => string>> = {
  UNKNOWN_FIELD_NAME: (sink) => `Add the field to the table, or mend its name under sinks.${sink}`,
  INVALID_MULTIPLE_CHOICE_OPTIONS: (sink) =>
    `Add the option to the select field, or map to one that is there under sinks.${sink}.statuses`,
  INVALID_VALUE_FOR_COLUMN: (sink) => `Change the type of the field, or what sinks.${sink} writes into it`,
  MODEL_ID_NOT_FOUND: () => 'The row was deleted, or is in another table: restore it',
  INVALID_ATTACHMENT_OBJECT: (sink) => `Make the field one for attachments, or mend sinks.${sink}.attachments`,
}

// Answered with 404, and says that one record is not there: the table is.
const goneRecord: ReadonlySet<string> = new Set(['MODEL_ID_NOT_FOUND', 'ROW_DOES_NOT_EXIST', 'RECORD_NOT_FOUND'])
// 400, 413, 422: the request as a whole, or a record in it.
const aboutRecords: ReadonlySet<number> = new Set([400, 413, 422])

/** Whether it is about what was written, rather than about who writes where. */
export function isAboutRecords({ status, type }: Refusal): boolean {
  return aboutRecords.has(status) || goneRecord.has(type)
}

/** Whether it is clear what is wrong, so that nobody need look at the table. */
export function isPlain({ type }: Refusal): boolean {
  return Object.hasOwn(ofOneRecord, type)
}

/** The same record will not be taken another time. */
export function rejectionOf(refusal: Refusal, sink: string): DeliveryError {
  const remedy =
    ofOneRecord[refusal.type]?.(sink) ??
    `Compare the table with sinks.${sink}: the names and types of its fields, and the options of its selects`
  return {
    code: refusal.type,
    message: `Airtable refused the row: ${refusal.message}. ${remedy}; then deliver it again`,
    retryable: false,
  }
}

/** What concerns every record of the request alike. */
export function answerToAll(
  { status, type, message }: Refusal,
  place: { sink: string; where: string },
): DeliveryAnswer {
  const { sink, where } = place
  const error = (text: string): DeliveryError => ({ code: type, message: text, retryable: true })
  if (status === 401) {
    return { kind: 'retry', error: error(`Airtable does not know the key (${message}). Check sinks.${sink}.apiKey`) }
  }
  if (status === 403) {
    const needed = 'data.records:read and data.records:write'
    // Airtable says the same of a table that is not there: it does not tell strangers which there are.
    const isPerhapsMissing = type.endsWith('MODEL_NOT_FOUND')
    const said = isPerhapsMissing ? `There is no ${where}, or the key may not` : 'The key may not'
    const first = isPerhapsMissing ? `Check sinks.${sink}.base and .table, and give` : 'Give'
    return {
      kind: 'retry',
      error: error(
        `${said} write to ${isPerhapsMissing ? 'it' : where} (${message}). ${first} its token ${needed} for this base`,
      ),
    }
  }
  if (status === 404) {
    return {
      kind: 'retry',
      error: error(`Airtable has no ${where} that this key can see (${message}). Check sinks.${sink}.base and .table`),
    }
  }
  return { kind: 'retry', error: error(`Airtable failed (${status}): ${message}`), isFault: true }
}
