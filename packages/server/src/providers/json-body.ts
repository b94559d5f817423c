/** Reads JSON out of bytes that anybody may have sent. Never throws; knows no provider. */

export type JsonReading = { kind: 'json'; value: unknown } | { kind: 'unreadable'; reason: string }

// A string may hold JSON, whose string may hold JSON: twice is what senders do by mistake, more is play.
const MAX_NESTED_STRINGS = 2

// One for all: to make it takes longer than to use it.
const utf8 = new TextDecoder('utf-8', { fatal: true })

/** JSON that was put into a JSON string is taken out of it. */
export function readJson(bytes: Buffer): JsonReading {
  if (bytes.length === 0) return { kind: 'unreadable', reason: 'the body is empty' }
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    return { kind: 'unreadable', reason: 'the body is not UTF-8' }
  }
  const first = parseJson(text)
  if (first === undefined) return { kind: 'unreadable', reason: 'the body is not JSON' }
  return { kind: 'json', value: unpack(first) }
}

/** The JSON inside a string, where there is an object or a list in it; anything else as it is. */
export function unpack(value: unknown): unknown {
  let inner = value
  for (let depth = 0; depth < MAX_NESTED_STRINGS && typeof inner === 'string'; depth++) {
    if (!/^\s*["[{]/.test(inner)) return inner
    const parsed = parseJson(inner)
    if (parsed === undefined) return inner
    inner = parsed
  }
  return inner
}

export type JsonRecord = Record<string, unknown>

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An id as text; null for what cannot be one. */
export function readId(value: unknown): string | null {
  // Above 2^53 a number has lost its last digits: it would name other work.
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null
  if (typeof value !== 'string') return null
  const id = value.trim()
  return id === '' || id.length > MAX_ID_LENGTH ? null : id
}

// 512: longer than any provider's id, short enough for every index and URL.
const MAX_ID_LENGTH = 512

/** Undefined for what is not JSON, or too deep to be anybody's honest message. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
