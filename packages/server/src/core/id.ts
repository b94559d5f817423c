/**
 * Ids as they appear everywhere: in code, rows, logs and the API. A TypeID: `<prefix>_<26 characters>`, the suffix a
 * UUIDv7 in Crockford base32, so that ids sort by time, and a table partitioned by id is partitioned by time.
 * Does not make the random bytes; see `store/new-id.ts`.
 */

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const SUFFIX = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/

/** What an id names, by its prefix. */
export const idPrefixes = {
  callback: 'cb',
  change: 'chg',
  delivery: 'dlv',
  doctorRun: 'run',
  document: 'doc',
  evidence: 'evd',
  event: 'evt',
  expectation: 'exp',
  finding: 'fnd',
  instance: 'ins',
  job: 'job',
  key: 'key',
  request: 'req',
} as const

export type IdKind = keyof typeof idPrefixes

/** `uuid`: the 16 bytes of a UUIDv7. */
export function encodeId(kind: IdKind, uuid: Uint8Array): string {
  let value = 0n
  for (const byte of uuid) value = (value << 8n) | BigInt(byte)
  return suffixed(kind, value)
}

/** The smallest id of this kind that a clock at `timeMs` (milliseconds since 1970) can make: a partition's bound. */
export function firstIdAt(kind: IdKind, timeMs: number): string {
  return suffixed(kind, BigInt(timeMs) << 80n)
}

export function isId(kind: IdKind, text: string): boolean {
  const prefix = `${idPrefixes[kind]}_`
  return text.startsWith(prefix) && SUFFIX.test(text.slice(prefix.length))
}

/** Milliseconds since 1970 at which the id was made: the first 48 bits of a UUIDv7 (RFC 9562, section 5.7). */
export function timeOfId(id: string): number {
  let value = 0n
  for (const character of id.slice(id.indexOf('_') + 1)) value = (value << 5n) | BigInt(ALPHABET.indexOf(character))
  return Number(value >> 80n)
}

function suffixed(kind: IdKind, bits: bigint): string {
  let value = bits
  let suffix = ''
  for (let index = 0; index < 26; index++) {
    suffix = ALPHABET.charAt(Number(value & 31n)) + suffix
    value >>= 5n
  }
  return `${idPrefixes[kind]}_${suffix}`
}
