/**
 * Reads OpenAI's webhook events. Pure. They are thin: they name the response or the batch that has ended, and nothing of
 * what came out. One endpoint gets the events of a whole project, also of work that nobody here awaits.
 */
import { isRecord, readId, readJson } from '../json-body.ts'
import type { InboundCallback, Outcome, Reading } from '../provider.ts'
import { failureOf, isWorkKind, standingOf } from './standing.ts'

const silent = { code: null, message: null }

export function readEvent(callback: InboundCallback): Reading {
  const read = readJson(callback.body)
  if (read.kind === 'unreadable') return read
  if (!isRecord(read.value)) return unreadable('the body is not an object')
  const { type, data, created_at } = read.value
  if (typeof type !== 'string') return unreadable('it has no type')
  const [, kind = '', word = ''] = /^([a-z]+)\.([a-z_]+)$/.exec(type) ?? []
  if (!isWorkKind(kind)) return unreadable(`the event ${quote(type)} is about neither a response nor a batch`)
  const standing = standingOf(kind, word)
  if (standing === null) return unreadable(`the event ${quote(type)} is not known`)
  const externalId = isRecord(data) ? readId(data.id) : null
  // An event without an id says of nothing that it has ended.
  if (externalId === null) return unreadable(`the event ${quote(type)} names no ${kind}`)
  if (standing === 'progress') return { kind: 'progress', externalId }
  const outcome: Outcome =
    standing === 'completed'
      ? { verdict: 'succeeded', output: { ref: externalId } }
      : { verdict: 'failed', error: failureOf(kind, standing, silent) }
  const providerTime = timeOf(created_at)
  return { kind: 'outcome', externalId, outcome: providerTime === null ? outcome : { ...outcome, providerTime } }
}

/** The header's is the one to tell redeliveries by, and it is signed; the body's serves where a relay drops headers. */
export function readEventId(callback: InboundCallback): string | null {
  const ofDelivery = readId(callback.headers['webhook-id'])
  if (ofDelivery !== null) return ofDelivery
  const read = readJson(callback.body)
  return read.kind === 'json' && isRecord(read.value) && 'type' in read.value ? readId(read.value.id) : null
}

/** Seconds since 1970. */
function timeOf(value: unknown): string | null {
  const time = new Date(typeof value === 'number' ? value * 1000 : Number.NaN)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}

/** As JSON and cut: the words come from outside. */
function quote(word: string): string {
  return JSON.stringify(word.slice(0, 60))
}

function unreadable(reason: string): Reading {
  return { kind: 'unreadable', reason }
}
