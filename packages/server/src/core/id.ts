/**
 * Ids as they appear everywhere: in code, rows, logs and the API. A TypeID: `<prefix>_<26 characters>`, the suffix a
 * UUIDv7 in Crockford base32, so that ids sort by time, and a table partitioned by id is partitioned by time.
 * Does not make the random bytes; see `store/new-id.ts`.
 */

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const CODES = Buffer.from(ALPHABET, 'latin1')
const UNDERSCORE = 0x5f
const SUFFIX = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/

const TIME_BYTES = 6
// Two zero bits and the 48 of the time.
const TIME_CHARACTERS = 10

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

// Where ids are put together: a text that grows by single characters is one object for each.
const written = Buffer.alloc(32)

/** `uuid`: the 16 bytes of a UUIDv7. */
export function encodeId(kind: IdKind, uuid: Uint8Array): string {
  let at = written.write(idPrefixes[kind], 'latin1')
  written[at++] = UNDERSCORE
  // 26 characters of 5 bits hold two bits more than 16 bytes: they are the first, and zero.
  let pending = 0
  let pendingBits = 2
  for (const byte of uuid) {
    pending = ((pending << 8) | byte) & 0xfff
    pendingBits += 8
    while (pendingBits >= 5) {
      pendingBits -= 5
      written[at++] = CODES[(pending >> pendingBits) & 31] ?? 0
    }
  }
  return written.toString('latin1', 0, at)
}

/** The smallest id of this kind that a clock at `timeMs` (milliseconds since 1970) can make: a partition's bound. */
export function firstIdAt(kind: IdKind, timeMs: number): string {
  const bytes = new Uint8Array(16)
  for (let index = TIME_BYTES - 1, left = timeMs; index >= 0; index--) {
    bytes[index] = left % 256
    left = Math.floor(left / 256)
  }
  return encodeId(kind, bytes)
}

export function isId(kind: IdKind, text: string): boolean {
  const prefix = `${idPrefixes[kind]}_`
  return text.startsWith(prefix) && SUFFIX.test(text.slice(prefix.length))
}

/** Milliseconds since 1970 at which the id was made: the first 48 bits of a UUIDv7 (RFC 9562, section 5.7). */
export function timeOfId(id: string): number {
  const start = id.indexOf('_') + 1
  let timeMs = 0
  for (let index = start; index < start + TIME_CHARACTERS; index++) {
    timeMs = timeMs * 32 + ALPHABET.indexOf(id.charAt(index))
  }
  return timeMs
}
