/**
 * Takes out of an answer what we sent in confidence, where the other side repeats it: its words get into errors, rows and
 * screens. Finds only what it was given, however it is written; what looks like a secret is `core/redact.ts`'s.
 */

const HIDDEN = '[redacted]'
// 12: what is shorter may be a word, and would be taken out of results.
const SHORTEST = 12

export interface HidesSecrets {
  text(text: string): string
  headers(headers: Record<string, string>): Record<string, string>
  bytes(bytes: Buffer): Buffer
}

/** `credentials`: a header's value, of which the word in front is no secret. */
export function hidesSecrets(secrets: readonly string[], credentials?: string): HidesSecrets {
  const all = [...secrets, ...(credentials === undefined ? [] : secretsInHeader(credentials))]
  // As Latin-1, bytes and signs are the same, whatever else is in there. The longest first: no half of one is left.
  const written = [...new Set(all.filter(({ length }) => length >= SHORTEST).flatMap(spellings))]
    .map((spelling) => Buffer.from(spelling).toString('latin1'))
    .sort((one, other) => other.length - one.length)
  const text = (given: string) => written.reduce((left, secret) => left.replaceAll(secret, HIDDEN), given)
  return {
    text,
    headers(given) {
      if (written.length === 0) return given
      return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, text(value)]))
    },
    bytes(bytes) {
      // Nearly always there is nothing, and nothing is copied.
      if (!written.some((secret) => bytes.includes(secret, 0, 'latin1'))) return bytes
      return Buffer.from(text(bytes.toString('latin1')), 'latin1')
    },
  }
}

function secretsInHeader(value: string): string[] {
  const [, scheme = '', rest = ''] = /^(\S+) +(.+)$/.exec(value) ?? []
  if (rest === '') return [value]
  if (scheme.toLowerCase() !== 'basic') return [rest]
  const pair = Buffer.from(rest, 'base64').toString()
  return [rest, pair, pair.slice(pair.indexOf(':') + 1)]
}

function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const base64 = bytes.toString('base64').replace(/=+$/, '')
  const inJson = JSON.stringify(secret).slice(1, -1)
  return [
    secret,
    inJson,
    inJson.replaceAll('/', '\\/'),
    encodeURIComponent(secret),
    encodeURI(secret),
    base64,
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ]
}
