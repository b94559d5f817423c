/** Reads what a provider says went wrong, in the shapes that APIs use, and makes it fit to be stored and shown. */
import { redactText } from '../core/redact.ts'
import { isRecord, type JsonRecord, readJson } from './json-body.ts'

export interface Said {
  code: string | null
  message: string | null
}

// 300 characters: two sentences; more is a stack trace or a page of HTML.
const MAX_MESSAGE_LENGTH = 300
const MAX_CODE_LENGTH = 80

/** From the body of an answer that refuses or fails. What is not JSON says nothing: a proxy's page is not the API. */
export function readErrorBody(body: Buffer): Said {
  const read = readJson(body)
  return read.kind === 'json' ? readSaid(read.value) : { code: null, message: null }
}

/** `{error: {code, message}}`, `{error}`, `{message}`, `{detail}`, `{detail: [{msg}]}`, `{error_code, error_message}`. */
export function readSaid(value: unknown): Said {
  if (Array.isArray(value)) return readSaid(value[0])
  if (!isRecord(value)) return { code: null, message: cleanText(value, MAX_MESSAGE_LENGTH) }
  const inner = isRecord(value.error) ? value.error : value
  return {
    code:
      firstText(inner, ['error_code', 'code', ...(inner === value ? [] : ['type'])], MAX_CODE_LENGTH) ??
      firstText(value, ['code'], MAX_CODE_LENGTH),
    message:
      firstText(inner, ['error_message', 'message', 'msg', 'error', 'detail'], MAX_MESSAGE_LENGTH) ??
      detailOf(inner.detail ?? value.detail),
  }
}

/** One line, bounded, and without anything that looks like a key: some providers repeat the key they refuse. */
export function cleanMessage(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  // Also keys that are cut short, or masked in the middle by the provider itself.
  const hidden = redactText(line.replace(/\b(?:sk|pk|rk|llx|whsec)[-_][\w*.-]+/gi, '[redacted]'))
  const short = hidden.length > MAX_MESSAGE_LENGTH ? `${hidden.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : hidden
  // Through UTF-8 and back: half a character, which PostgreSQL refuses, becomes U+FFFD.
  return Buffer.from(short, 'utf8').toString('utf8')
}

function detailOf(detail: unknown): string | null {
  const first: unknown = Array.isArray(detail) ? detail[0] : detail
  return isRecord(first) ? firstText(first, ['message', 'msg'], MAX_MESSAGE_LENGTH) : null
}

function firstText(record: JsonRecord, names: readonly string[], maxLength: number): string | null {
  for (const name of names) {
    const text = cleanText(record[name], maxLength)
    if (text !== null) return text
  }
  return null
}

function cleanText(value: unknown, maxLength: number): string | null {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return null
  const text = cleanMessage(value.slice(0, 4 * maxLength)).slice(0, maxLength)
  return text === '' ? null : text
}
