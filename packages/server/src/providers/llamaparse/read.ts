/** Reads LlamaParse callbacks, of both versions and in every shape that was ever seen. Pure; verifies no signature. */
import { isRecord, readId, readJson } from '../json-body.ts'
import type { InboundCallback, Reading } from '../provider.ts'
import { readClaim } from './claim.ts'
import { findContent } from './content.ts'

export function readCallback(callback: InboundCallback): Reading {
  const read = readJson(callback.body)
  if (read.kind === 'unreadable') return read
  // The signature covers the body only, so the header's word counts where the body has none.
  const eventType = callback.headers['x-webhook-event-type'] ?? null
  if (isRecord(read.value)) return readClaim(read.value, eventType)
  if (Array.isArray(read.value)) return readList(read.value, eventType)
  return { kind: 'unreadable', reason: 'the body is neither an object nor a list' }
}

/** The same on each redelivery of one event. */
export function readEventId(callback: InboundCallback): string | null {
  const read = readJson(callback.body)
  const value: unknown = read.kind === 'json' ? read.value : null
  const body: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value
  const inBody = isRecord(body) ? readId(body.event_id) : null
  return inBody ?? readId(callback.headers['x-webhook-event-id'])
}

/** One object that was put into a list, or the pages of one document. */
function readList(list: readonly unknown[], eventType: string | null): Reading {
  const [first] = list
  if (list.length === 1 && isRecord(first)) return readClaim(first, eventType)
  const isPage = (entry: unknown) =>
    !isRecord(entry) || !('event_type' in entry || 'status' in entry || 'data' in entry)
  if (list.length > 0 && list.every(isPage) && findContent(list) !== null) return readClaim({ pages: list }, eventType)
  return { kind: 'unreadable', reason: `a list of ${list.length} that are not the pages of one document` }
}
