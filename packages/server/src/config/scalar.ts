/**
 * The kinds of single values that options have. Each takes what YAML gives and also plain text, since the environment
 * has nothing else. An issue's message is always what was expected: the loader adds what was found, and where.
 */
import { parseDuration } from '@becket/client/contract'
import { z } from 'zod'
import { formatDuration } from '../core/duration.ts'
import { formatByteSize, parseByteSize } from './byte-size.ts'
import { type ScalarNote, scalar } from './option.ts'

const raw = (expected: string) => z.union([z.string(), z.number(), z.boolean()], { error: expected })

function reading<Value>(
  kind: ScalarNote['kind'],
  expected: string,
  read: (value: string | number | boolean) => Value | null,
) {
  const schema = raw(expected).transform((value, context): Value => {
    const result = read(value)
    if (result !== null) return result
    context.addIssue({ code: 'custom', message: expected })
    return z.NEVER
  })
  return scalar(schema, { kind, expected })
}

export const text = (expected = 'text', isRight: (value: string) => boolean = () => true) =>
  reading('text', expected, (value) => {
    const trimmed = typeof value === 'boolean' ? '' : String(value).trim()
    return trimmed !== '' && isRight(trimmed) ? trimmed : null
  })

/** A unit is demanded: `30` alone would be seconds to one reader and milliseconds to another. */
export const duration = (limits: { minMs?: number; maxMs?: number } = {}) =>
  reading('duration', `a duration with its unit, such as 500ms, 30s, 5m or 24h${limitsText(limits)}`, (value) => {
    if (typeof value !== 'string' || /^[\d.\s]*$/.test(value)) return null
    const ms = parseDuration(value)
    if (ms === null) return null
    return ms >= (limits.minMs ?? 0) && ms <= (limits.maxMs ?? Number.POSITIVE_INFINITY) ? ms : null
  })

function limitsText({ minMs, maxMs }: { minMs?: number; maxMs?: number }): string {
  // 1 ms only keeps out zero, which nobody writes.
  const least = minMs === undefined || minMs <= 1 ? '' : `, at least ${formatDuration(minMs)}`
  return maxMs === undefined ? least : `${least}, at most ${formatDuration(maxMs)}`
}

export const byteSize = (limits: { min: number; max: number }) =>
  reading(
    'bytes',
    `a size such as 512 KiB or 10 MiB, from ${formatByteSize(limits.min)} to ${formatByteSize(limits.max)}`,
    (value) => {
      const bytes = typeof value === 'boolean' ? null : parseByteSize(value)
      return bytes !== null && bytes >= limits.min && bytes <= limits.max ? bytes : null
    },
  )

export const wholeNumber = (min: number, max: number) =>
  reading('number', `a whole number from ${min} to ${max}`, (value) => {
    if (typeof value === 'boolean') return null
    const number = typeof value === 'number' ? value : /^\s*\d+\s*$/.test(value) ? Number(value) : Number.NaN
    return Number.isInteger(number) && number >= min && number <= max ? number : null
  })

/** May have a fraction: `0.2` is one in five. */
export const decimal = (min: number, max: number) =>
  reading('number', `a number from ${min} to ${max}`, (value) => {
    if (typeof value === 'boolean') return null
    const number = typeof value === 'number' ? value : /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : Number.NaN
    return number >= min && number <= max ? number : null
  })

const TRUE = new Set(['true', 'yes', 'on', '1'])
const FALSE = new Set(['false', 'no', 'off', '0'])

/** Null when the value is neither. */
export function readFlag(value: string | number | boolean): boolean | null {
  const word = String(value).trim().toLowerCase()
  return TRUE.has(word) ? true : FALSE.has(word) ? false : null
}

export const flag = () => reading('boolean', 'true or false', readFlag)

export const choice = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  scalar(z.enum(words), { kind: 'choice', expected: `one of ${words.join(', ')}` })

/** A list; in the environment, words parted by commas. */
export const list = <Item extends z.ZodType>(item: Item, expected: string) =>
  scalar(
    z.preprocess(
      (value) =>
        typeof value === 'string'
          ? value
              .split(',')
              .map((part) => part.trim())
              .filter((part) => part !== '')
          : value,
      z.array(item, { error: expected }),
    ),
    { kind: 'list', expected },
  )

/** One value stands for a list of one; it is not parted at commas, which a secret may contain. */
export const oneOrMore = <Item extends z.ZodType>(item: Item, expected: string) =>
  scalar(
    z.preprocess(
      (value) => (typeof value === 'string' || typeof value === 'number' ? [value] : value),
      z.array(item, { error: expected }).min(1, { error: expected }),
    ),
    { kind: 'list', expected },
  )

function parseUrl(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null
}

/** Without a trailing slash, so that paths can be put behind it. */
export const webUrl = () =>
  reading('text', 'an address beginning with https:// or http://, without user, query or fragment', (value) => {
    const url = parseUrl(String(value).trim())
    if (url === null || !['http:', 'https:'].includes(url.protocol)) return null
    if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return null
    return url.href.replace(/\/+$/, '')
  })

export const webOrigin = () =>
  reading('text', 'an origin such as https://files.example.org, without a path', (value) => {
    const url = parseUrl(String(value).trim())
    if (url === null || !['http:', 'https:'].includes(url.protocol)) return null
    return url.pathname === '/' && url.search === '' && url.username === '' ? url.origin : null
  })

/** Exactly 32 bytes, in hexadecimal or in either alphabet of base64. */
export const key32 = () =>
  reading('key', '32 bytes in base64 or hexadecimal (make some with `openssl rand -base64 32`)', (value) => {
    const written = String(value).trim()
    if (/^[0-9a-f]{64}$/i.test(written)) return Buffer.from(written, 'hex')
    if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(written)) return null
    const bytes = Buffer.from(written, 'base64')
    return bytes.length === 32 ? bytes : null
  })
