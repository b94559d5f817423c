/**
 * Takes secrets out of headers, URLs, text and JSON before they are stored or logged. Rather too much than too little:
 * what is taken out here cannot leak later. Does not find a secret that has neither a telling name nor a telling look,
 * nor, in plain text, what follows a space in an unquoted one.
 */
import { redactTokens } from './callback-token.ts'
import { isSecretName } from './secret-name.ts'

const REDACTED = '[redacted]'

// Deeper is no payload of anybody's, but an attempt to exhaust the stack. A text inside a text (JSON in a string, a URL
// in a parameter) counts as eight levels, since each is read again from its start.
const DEEPEST = 32
const TEXT_LEVELS = 8

// What is a secret by its look, wherever it stands. Each begins only where a word begins and runs over one class of
// characters, so that no text, however hostile, takes more than linear time.
const LOOKS = [
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
  // Parts in base64url with dots between, of which the first begins with `{"`: a JSON Web Token.
  /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_.-]+/g,
  // Keys of those providers that mark theirs by a prefix, and our own.
  /(?<![A-Za-z0-9])(?:sk|rk|llx|xox[abeprs]|glpat|whsec|gh[opusr]|github_pat|hf|r8|sbp|sb_secret|dop_v1)[-_][A-Za-z0-9_+/=.-]{12,}/g,
  /(?<![A-Za-z0-9])becket_[A-Za-z0-9_-]{32}(?![A-Za-z0-9_-])/g,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA|AIza)[A-Za-z0-9_-]{12,}/g,
  /(?<![A-Za-z0-9])pat[A-Za-z0-9]{14}\.[A-Za-z0-9]{16,}/g,
  /(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}/g,
  /\bBearer\s{1,8}[^\s"'<>,;\\]+/gi,
  // `Basic` and `Token` are words as well: only what has more than small letters is a secret.
  /\b(?:Basic|Token) (?=[a-z]{0,200}[^a-z\s"'<>,;\\])[^\s"'<>,;\\]{6,}/g,
]
const URLS = /\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s"'<>\\]+/gi
const USER = /(:\/\/)[^/?#\s]*@/g
// A password that nobody percent-encoded may hold any character: here all up to the last `@` is taken.
const DATABASE_USER = /\b((?:postgres(?:ql)?|mysql|mariadb|rediss?|amqps?|mongodb(?:\+srv)?|smtps?):\/\/)\S{0,500}@/gi
// The name and the sign of `name: value`, `name=value`, `"name": "value"`, also with its quotes escaped in another string.
const NAMED = /([A-Za-z0-9_.-]{1,80})\\{0,8}["']?\s{0,8}[:=]\s{0,8}/g
const QUOTED = /"(?:[^"\\]|\\.)*"?|'[^']*'?|\\{1,8}["'][^"']*/y
const WORD = /[^\s"'&<>]+/y
// Headers whose value has several words.
const LINE_NAMES = /authorization|cookie/i
const LINE = /[^\r\n]+/y

/** `also`: lower-case names of headers that are secret for this source, like that of its static header. */
export function redactHeaders(
  headers: readonly (readonly [string, string])[],
  also: readonly string[] = [],
): [string, string][] {
  return headers.map(([name, value]) => {
    const isSecret = announcesSecret(name) || also.includes(name.toLowerCase())
    return [name, isSecret ? REDACTED : redactValue(value)]
  })
}

// 500: the same few values come with every request of a sender. What is longer than 500 characters comes once.
const REMEMBERED = 500
const clean = new Set<string>()
const cleanUrls = new Set<string>()

/** Headers have few names, and each request says them again. */
const headerNames = new Map<string, boolean>()

function announcesSecret(name: string): boolean {
  const known = headerNames.get(name)
  if (known !== undefined) return known
  const isSecret = isSecretName(name)
  if (name.length > REMEMBERED) return isSecret
  if (headerNames.size >= REMEMBERED) headerNames.clear()
  headerNames.set(name, isSecret)
  return isSecret
}

/** Remembers what it found clean, never what it took something out of. */
function redactValue(value: string): string {
  if (clean.has(value)) return value
  const redacted = redactText(value)
  if (redacted !== value) return redacted
  remember(clean, value)
  return value
}

function remember(known: Set<string>, text: string): void {
  if (text.length > REMEMBERED) return
  if (known.size >= REMEMBERED) known.clear()
  known.add(text)
}

/** Absolute, relative or malformed: it is read as text, so that nothing escapes by not being a URL. */
export function redactUrl(url: string): string {
  const named = cleanUrl(url, 0)
  // Without their tokens, the addresses that a provider calls are few.
  if (cleanUrls.has(named)) return named
  const redacted = cleanLooks(named)
  if (redacted === named) remember(cleanUrls, named)
  return redacted
}

export function redactText(text: string): string {
  return cleanText(text, 0)
}

/** For the log: any value, as plain data. Fields by their names, texts by their look, bytes by their number only. */
export function redactJson(value: unknown): unknown {
  return cleanValue(value, 0)
}

function cleanValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value, depth)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (depth >= DEEPEST) return '[too deep]'
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (Array.isArray(value)) return value.map((item) => cleanValue(item, depth + 1))
  // Dates and URLs, which have no fields to show.
  if ('toJSON' in value && typeof value.toJSON === 'function') return cleanValue(value.toJSON(), depth + 1)
  const fields = value instanceof Error ? { ...shownOf(value), ...value } : value
  // Built from entries: a field named `__proto__` stays a field.
  return Object.fromEntries(
    Object.entries(fields).map(([name, field]) => {
      return [cleanLooks(name), hidesSecret(name, field) ? REDACTED : cleanValue(field, depth + 1)]
    }),
  )
}

function hidesSecret(name: string, field: unknown): boolean {
  return isSecretName(name) && field !== null && field !== undefined && typeof field !== 'boolean'
}

/** What an error says of itself is not enumerable. */
function shownOf({ name, message, stack, cause }: Error): object {
  return cause === undefined ? { name, message, stack } : { name, message, stack, cause }
}

function cleanText(text: string, depth: number): string {
  if (depth >= DEEPEST) return REDACTED
  const json = parsedJson(text)
  if (json !== undefined) return JSON.stringify(cleanValue(json, depth + TEXT_LEVELS))
  return cleanLooks(cleanNamed(text.replace(URLS, (url) => cleanUrl(url, depth))))
}

function cleanUrl(url: string, depth: number): string {
  const hasUser = url.includes('://') && url.includes('@')
  const withoutUser = hasUser ? url.replace(DATABASE_USER, `$1${REDACTED}@`).replace(USER, `$1${REDACTED}@`) : url
  const withoutTokens = redactTokens(withoutUser)
  if (!withoutTokens.includes('=')) return withoutTokens
  // Also after a `#`: some services return tokens there.
  return withoutTokens.replace(/([?&#;])([^=&#;?]+)=([^&#;]*)/g, (_, mark, name, value) => {
    return `${mark}${name}=${isSecretName(decoded(name)) ? REDACTED : cleanParameter(value, depth)}`
  })
}

/** A parameter's value may itself be a URL or a text with a secret, percent-encoded. */
function cleanParameter(value: string, depth: number): string {
  const plain = decoded(value)
  const clean = cleanText(plain, depth + TEXT_LEVELS)
  return clean === plain ? value : encodeURIComponent(clean)
}

function cleanNamed(text: string): string {
  let clean = ''
  let done = 0
  for (const found of text.matchAll(NAMED)) {
    const [sign, name = ''] = found
    const start = found.index + sign.length
    if (found.index < done || !isSecretName(name)) continue
    const value = matchAt(QUOTED, text, start) ?? matchAt(LINE_NAMES.test(name) ? LINE : WORD, text, start)
    if (value === undefined) continue
    const opening = /^\\*["']/.exec(value)?.[0] ?? ''
    // What closes the value stays, so that what is left still reads as it did.
    const closing = opening === '' ? '' : (/(?<=.)(?:\\*["']|\\+)$/.exec(value)?.[0] ?? '')
    clean += text.slice(done, start) + opening + REDACTED + closing
    done = start + value.length
  }
  return clean + text.slice(done)
}

function cleanLooks(text: string): string {
  return LOOKS.reduce((clean, look) => clean.replace(look, REDACTED), redactTokens(text))
}

/** Nothing where it is not JSON, or only a number or a word of it. */
function parsedJson(text: string): object | string | undefined {
  if (!/^\s*[[{"]/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' || (typeof value === 'object' && value !== null) ? value : undefined
  } catch {
    return undefined
  }
}

function matchAt(pattern: RegExp, text: string, index: number): string | undefined {
  pattern.lastIndex = index
  return pattern.exec(text)?.[0]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '))
  } catch {
    return text
  }
}
