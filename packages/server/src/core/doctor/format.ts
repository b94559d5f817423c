/** The forms that values have, and whether a value has one. Says what was expected, never what was found. */
import { parseDuration } from '@becket/client/contract'

export type Format =
  | { kind: 'text' | 'flag' | 'url' | 'https-url' | 'postgres-url' | 'email' | 'duration' | 'port' }
  | { kind: 'whole' | 'number'; min: number; max: number }
  | { kind: 'choice'; words: readonly string[] }
  /** A JSON Web Token; `role` is what its claims must say, null for any. */
  | { kind: 'jwt'; role: string | null }
  /** So many bytes in base64 or hexadecimal. */
  | { kind: 'key'; bytes: number }
  | { kind: 'prefix'; prefix: string }
  | { kind: 'custom'; expected: string; accepts: (value: string) => boolean }

export function expectedOf(format: Format): string {
  switch (format.kind) {
    case 'text':
      return 'some text'
    case 'flag':
      return 'true or false'
    case 'url':
      return 'an address beginning with https:// or http://'
    case 'https-url':
      return 'an address beginning with https://'
    case 'postgres-url':
      return 'an address such as postgresql://user:password@host:5432/name'
    case 'email':
      return 'a mail address'
    case 'duration':
      return 'a duration with its unit, such as 30s or 5m'
    case 'port':
      return 'a port, 1 to 65535'
    case 'whole':
      return `a whole number from ${format.min} to ${format.max}`
    case 'number':
      return `a number from ${format.min} to ${format.max}`
    case 'choice':
      return `one of ${format.words.join(', ')}`
    case 'jwt':
      return format.role === null ? 'a JSON Web Token' : `a key of the role ${format.role}`
    case 'key':
      return `${format.bytes} bytes in base64 or hexadecimal`
    case 'prefix':
      return `a key that begins with ${format.prefix}`
    case 'custom':
      return format.expected
    default:
      return format satisfies never
  }
}

export function hasFormat(format: Format, value: string): boolean {
  switch (format.kind) {
    case 'text':
      return true
    case 'flag':
      return /^(true|false|yes|no|on|off|1|0)$/i.test(value)
    case 'url':
      return isWebAddress(value, ['https:', 'http:'])
    case 'https-url':
      return isWebAddress(value, ['https:'])
    case 'postgres-url':
      // Whether the rest can be read is a check of its own, with advice of its own.
      return /^postgres(ql)?(\+[a-z0-9]+)?:\/\/./.test(value)
    case 'email':
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)
    case 'duration':
      return !/^[\d.\s]*$/.test(value) && parseDuration(value) !== null
    case 'port':
      return isWhole(value, 1, 65_535)
    case 'whole':
      return isWhole(value, format.min, format.max)
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(value) && Number(value) >= format.min && Number(value) <= format.max
    case 'choice':
      return format.words.includes(value)
    case 'jwt':
      return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(value) || newKeyRole(value) !== null
    case 'key':
      return bytesOf(value) === format.bytes
    case 'prefix':
      return value.startsWith(format.prefix) && value.length > format.prefix.length
    case 'custom':
      return format.accepts(value)
    default:
      return format satisfies never
  }
}

/** Supabase's newer keys are no tokens; their role stands in front. */
export function newKeyRole(value: string): string | null {
  if (/^sb_secret_\S+$/.test(value)) return 'service_role'
  return /^sb_publishable_\S+$/.test(value) ? 'anon' : null
}

/** How many bytes a key has that is written in hexadecimal, else in either alphabet of base64; null where it is neither. */
export function bytesOf(value: string): number | null {
  if (/^([0-9a-f]{2})+$/i.test(value) && value.length >= 32) return value.length / 2
  const plain = value.replace(/=+$/, '')
  // One letter left over holds only six bits: no byte at all.
  return /^[A-Za-z0-9+/_-]+$/.test(plain) && plain.length % 4 !== 1 ? Math.floor((plain.length * 3) / 4) : null
}

function isWebAddress(value: string, protocols: readonly string[]): boolean {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol)
}

function isWhole(value: string, min: number, max: number): boolean {
  return /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max
}
