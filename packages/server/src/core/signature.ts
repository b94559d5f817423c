/**
 * Whether a callback is signed as its source demands. A scheme is a row of `schemes`: which headers it needs, what they
 * claim, and how a claim is proved. Everything that is alike is done once, here: a header that is missing or came twice,
 * several secrets, constant time, the age of a timestamp.
 * Says only what is true of the request; what a source does with an unsigned one is intake's to decide.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { describeDuration } from './duration.ts'

/** What each scheme is told. `secrets`: each is tried, so that a secret can be changed without losing a callback. */
interface SchemeConfigs {
  /** `whsec_…` or bare base64. The headers may be named `webhook-…` or `svix-…`. */
  'standard-webhooks': { secrets: string[]; toleranceMs?: number }
  /** HMAC-SHA256 over the raw body. `prefix` stands before the encoded signature, like `sha256=`. */
  'hmac-sha256': { secrets: string[]; header: string; encoding: 'hex' | 'base64'; prefix?: string }
  /** The header's whole value is the secret. */
  'static-header': { secrets: string[]; header: string }
}

type SchemeName = keyof SchemeConfigs
type Signing<Name extends SchemeName = SchemeName> = { [Each in Name]: { scheme: Each } & SchemeConfigs[Each] }[Name]

export type VerifyConfig = { scheme: 'none' } | Signing

export interface SignedRequest {
  method: string
  /** As the provider called it: public origin, path and query. */
  url: string
  /** Lower-case names. */
  headers: Record<string, string>
  /** As they came, to tell a header that came twice from one whose value has a comma. */
  rawHeaders: readonly (readonly [string, string])[]
  body: Buffer
}

export type SignatureVerdict = { verdict: 'verified' } | { verdict: 'unsigned' | 'refused'; reason: string }

/** What the headers of one request claim. */
interface Claims {
  signatures: Buffer[]
  /** What comes before the body in what was signed. */
  preamble: string
  /** When it says it was signed, where the scheme has that. */
  signedAtMs?: number
}

interface Scheme<Config> {
  /** Sets of headers of which one is needed: the first that is there in part. */
  headers(config: Config): string[][]
  /** A text says what is wrong with them. `values` are in the order of `headers`. */
  read(values: string[], config: Config): Claims | string
  /** Judges claims by this secret; nothing where the secret itself is unusable. */
  prover(secret: string, claims: Claims, request: SignedRequest): ((claim: Buffer) => boolean) | undefined
  toleranceMs?(config: Config): number
}

const SHA256_BYTES = 32
// Five minutes: what Standard Webhooks advises; longer than the clocks of two honest machines differ.
const TOLERANCE_MS = 300_000

const schemes: { [Name in SchemeName]: Scheme<SchemeConfigs[Name]> } = {
  'standard-webhooks': {
    headers: () =>
      ['webhook', 'svix'].map((brand) => ['id', 'timestamp', 'signature'].map((part) => `${brand}-${part}`)),
    read: ([id = '', timestamp = '', list = '']) => {
      if (!/^\d{1,12}$/.test(timestamp)) return 'the timestamp is not a number of seconds'
      // Else a genuine `id.time.body` could be cut elsewhere: with `id.time` as the id, and the body's head as the time.
      if (/\.\d+$/.test(id)) return 'the id ends like a timestamp'
      const signatures = list.split(' ').filter((entry) => entry.startsWith('v1,'))
      if (signatures.length === 0) return 'no signature of version v1 is in the list'
      const decoded = signatures.map((entry) => decode(entry.slice(3), 'base64'))
      const usable = decoded.filter((signature) => typeof signature !== 'string')
      if (usable.length === 0) return decoded.find((fault) => typeof fault === 'string') ?? 'no signature can be read'
      return { signatures: usable, preamble: `${id}.${timestamp}.`, signedAtMs: Number(timestamp) * 1000 }
    },
    prover: (secret, { preamble }, { body }) => {
      const encoded = secret.startsWith('whsec_') ? secret.slice('whsec_'.length) : secret
      if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined
      return hmacProver(Buffer.from(encoded, 'base64'), preamble, body)
    },
    toleranceMs: (config) => config.toleranceMs ?? TOLERANCE_MS,
  },
  'hmac-sha256': {
    headers: (config) => [[config.header]],
    read: ([value = ''], { prefix = '', encoding }) => {
      if (!value.startsWith(prefix)) return `the signature does not begin with ${JSON.stringify(prefix)}`
      const signature = decode(value.slice(prefix.length), encoding)
      return typeof signature === 'string' ? signature : { signatures: [signature], preamble: '' }
    },
    prover: (secret, { preamble }, { body }) => hmacProver(Buffer.from(secret, 'utf8'), preamble, body),
  },
  'static-header': {
    headers: (config) => [[config.header]],
    read: ([value = '']) => ({ signatures: [Buffer.from(value, 'latin1')], preamble: '' }),
    prover: (secret) => {
      if (secret === '') return undefined
      // Hashed first: the values may differ in length, which a comparison in constant time does not take.
      const wanted = sha256(Buffer.from(secret, 'utf8'))
      return (claim) => timingSafeEqual(sha256(claim), wanted)
    },
  },
}

export function verifySignature(verify: VerifyConfig, request: SignedRequest, nowMs: number): SignatureVerdict {
  if (verify.scheme === 'none') return { verdict: 'unsigned', reason: 'the source has no signature scheme' }
  return judge(verify, request, nowMs)
}

function judge<Name extends SchemeName>(
  verify: Signing<Name>,
  request: SignedRequest,
  nowMs: number,
): SignatureVerdict {
  const scheme: Scheme<SchemeConfigs[Name]> = schemes[verify.scheme]
  const found = findHeaders(scheme.headers(verify), request)
  if ('verdict' in found) return found
  const claims = scheme.read(found.values, verify)
  if (typeof claims === 'string') return { verdict: 'refused', reason: claims }
  const provers = verify.secrets.flatMap((secret) => scheme.prover(secret, claims, request) ?? [])
  if (provers.length === 0) return { verdict: 'refused', reason: 'the source has no usable secret to verify with' }
  let isProved = false
  // All are compared, also after one fits: the time taken tells nothing.
  for (const proves of provers) for (const claim of claims.signatures) isProved = proves(claim) || isProved
  if (!isProved) return { verdict: 'refused', reason: 'the signature fits no secret of the source' }
  return staleness(claims.signedAtMs, scheme.toleranceMs?.(verify), nowMs) ?? { verdict: 'verified' }
}

function findHeaders(
  sets: string[][],
  { headers, rawHeaders }: SignedRequest,
): { values: string[] } | SignatureVerdict {
  const headerNamed = (name: string) => (Object.hasOwn(headers, name) ? headers[name] : undefined)
  const lowered = sets.map((set) => set.map((name) => name.toLowerCase()))
  const names = lowered.find((set) => set.some((name) => headerNamed(name) !== undefined)) ?? lowered[0] ?? []
  const missing = names.filter((name) => headerNamed(name) === undefined)
  if (missing.length > 0) return { verdict: 'unsigned', reason: `${missing.join(' and ')} did not come` }
  const twice = names.find((name) => rawHeaders.filter(([raw]) => raw.toLowerCase() === name).length > 1)
  if (twice !== undefined) return { verdict: 'refused', reason: `${twice} came more than once` }
  return { values: names.map((name) => headerNamed(name) ?? '') }
}

function staleness(signedAtMs: number | undefined, toleranceMs: number | undefined, nowMs: number) {
  if (signedAtMs === undefined || toleranceMs === undefined) return undefined
  const ageMs = nowMs - signedAtMs
  if (Math.abs(ageMs) <= toleranceMs) return undefined
  const distance = `${describeDuration(Math.abs(ageMs))} ${ageMs > 0 ? 'ago' : 'ahead'}`
  const reason = `the signature fits, but was made ${distance}; ${describeDuration(toleranceMs)} are allowed`
  return { verdict: 'refused' as const, reason }
}

function decode(text: string, encoding: 'hex' | 'base64'): Buffer | string {
  const shape = encoding === 'hex' ? /^[0-9a-f]*$/i : /^[A-Za-z0-9+/]*={0,2}$/
  if (!shape.test(text)) return `the signature is not ${encoding}`
  const bytes = Buffer.from(text, encoding)
  if (bytes.length !== SHA256_BYTES) return `the signature has ${bytes.length} bytes, not ${SHA256_BYTES}`
  return bytes
}

/** One HMAC per secret, however many signatures a request lists. */
function hmacProver(key: Buffer, preamble: string, body: Buffer): ((claim: Buffer) => boolean) | undefined {
  // Anyone can sign with an empty key.
  if (key.length === 0) return undefined
  // Header values are bytes that HTTP reads as latin1: so they are given back.
  const wanted = createHmac('sha256', key).update(preamble, 'latin1').update(body).digest()
  return (claim) => claim.length === wanted.length && timingSafeEqual(claim, wanted)
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}
