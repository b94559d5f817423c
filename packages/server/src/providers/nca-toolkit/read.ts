/** Reads the toolkit's callbacks. Pure. They carry no signature and no event id: only the address proves whose they are. */
import { readJson } from '../json-body.ts'
import type { InboundCallback, Reading } from '../provider.ts'
import { readEnvelope, readIdOf, recordIn } from './envelope.ts'

export function readCallback(callback: InboundCallback): Reading {
  const read = readJson(callback.body)
  if (read.kind === 'unreadable') return read
  const envelope = recordIn(read.value)
  if (envelope === null) return { kind: 'unreadable', reason: 'the body is not one object' }
  const reading = readEnvelope(envelope)
  if (reading.kind === 'unreadable') return reading
  return { ...reading, externalId: readIdOf(envelope) }
}
