/**
 * Reads ElevenLabs' transcripts: in a callback, in the answer to a question, in an answer at once. Pure. How a callback
 * tells a failure is written down nowhere, so none is read out of one: it is kept apart, and asking or the deadline ends it.
 */
import { isId } from '../../core/id.ts'
import { isRecord, type JsonRecord, readId, readJson, unpack } from '../json-body.ts'
import type { InboundCallback, Outcome, Reading } from '../provider.ts'

interface TranscriptOutput {
  ref: string | null
  text: string
  /** As it was told: language, words with their times and speakers. */
  raw: JsonRecord
}

const EVENT = 'speech_to_text_transcription'
/** The name of our id among the metadata. */
export const OUR_ID = 'becket'

export function readCallback(callback: InboundCallback): Reading {
  const read = readJson(callback.body)
  if (read.kind === 'unreadable') return read
  if (!isRecord(read.value)) return unreadable('the body is not an object')
  const { type, data, event_timestamp } = read.value
  if (type !== EVENT) {
    const named = typeof type === 'string' ? JSON.stringify(type.slice(0, 60)) : 'that it has'
    return unreadable(`the event ${named} is not about a transcript`)
  }
  if (!isRecord(data)) return unreadable('the event has no data')
  const output = isRecord(data.transcription) ? outputOf(data.transcription, readId(data.transcription_id)) : null
  if (output === null) return unreadable('the event has no transcript')
  const providerTime = timeOf(event_timestamp)
  const outcome: Outcome = { verdict: 'succeeded', output, ...(providerTime !== null && { providerTime }) }
  const ours = ourIdIn(data.webhook_metadata)
  // Where the metadata is not ours, the application started the work and knows it by one of these.
  return { kind: 'outcome', externalId: ours ?? output.ref ?? readId(data.request_id), outcome }
}

/** Null for what is no transcript. An empty text is one: of silence. */
export function outputOf(transcript: JsonRecord, id: string | null = null): TranscriptOutput | null {
  const text = textOf(transcript)
  return text === null ? null : { ref: readId(transcript.transcription_id) ?? id, text, raw: transcript }
}

/** One text, or one for each channel. */
function textOf({ text, transcripts }: JsonRecord): string | null {
  if (typeof text === 'string') return text
  if (!Array.isArray(transcripts) || transcripts.length === 0) return null
  const texts = transcripts.map((channel: unknown) => (isRecord(channel) ? channel.text : null))
  return texts.every((each) => typeof each === 'string') ? texts.join('\n') : null
}

/** Metadata goes out as text, and comes back as text or as an object. */
function ourIdIn(metadata: unknown): string | null {
  const inner = unpack(metadata)
  const id = isRecord(inner) ? readId(inner[OUR_ID]) : null
  return id !== null && isId('expectation', id) ? id : null
}

/** Seconds since 1970. */
function timeOf(value: unknown): string | null {
  const time = new Date(typeof value === 'number' && value > 0 ? value * 1000 : Number.NaN)
  return Number.isNaN(time.getTime()) ? null : time.toISOString()
}

function unreadable(reason: string): Reading {
  return { kind: 'unreadable', reason }
}
