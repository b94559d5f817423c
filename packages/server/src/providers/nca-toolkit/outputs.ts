/** Finds the addresses in a successful `response`, in every shape that was seen. What names no output is no output. */
import { isRecord, type JsonRecord, unpack } from '../json-body.ts'
import { isWebAddress } from './address.ts'

export interface NcaOutput {
  /** In the toolkit's order; none where a transcript came inline. */
  urls: string[]
  /** The response itself, where it says more than addresses. */
  raw?: unknown
}

/** Null for what nobody knows how to read. */
export function readOutput(response: unknown): NcaOutput | null {
  const value = unpack(response)
  const urls = Array.isArray(value) ? addressesOfAll(value) : addressesOf(value)
  if (urls.length > 0) return saysMore(value) ? { urls, raw: value } : { urls }
  return isRecord(value) && isTranscript(value) ? { urls: [], raw: value } : null
}

/** None where one entry names no address: some of the outputs are not all of them. */
function addressesOfAll(entries: readonly unknown[]): string[] {
  const found = entries.map(addressesOf)
  return found.some((urls) => urls.length === 0) ? [] : [...new Set(found.flat())]
}

function addressesOf(entry: unknown): string[] {
  if (typeof entry === 'string') return isWebAddress(entry.trim()) ? [entry.trim()] : []
  if (!isRecord(entry)) return []
  const named = [entry.file_url, entry.url].flatMap(addressIn)
  if (named.length > 0) return named.slice(0, 1)
  // A transcript that was stored: `text_url`, `srt_url`, `segments_url`. A thumbnail is no output.
  const others = Object.entries(entry).filter(([key]) => key.endsWith('_url') && key !== 'thumbnail_url')
  return [...new Set(others.flatMap(([, value]) => addressIn(value)))]
}

function addressIn(value: unknown): string[] {
  return typeof value === 'string' && isWebAddress(value.trim()) ? [value.trim()] : []
}

/** The text may be empty: silence has none. */
function isTranscript(record: JsonRecord): boolean {
  return typeof record.text === 'string' || typeof record.srt === 'string' || Array.isArray(record.segments)
}

function saysMore(value: unknown): boolean {
  const entries: readonly unknown[] = Array.isArray(value) ? value : [value]
  return entries.some((entry) => isRecord(entry) && Object.keys(entry).some((key) => key !== 'file_url'))
}
