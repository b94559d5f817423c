/** Reads what the headers of a request claim: which there are, each once, and the signatures in them. Proves nothing. */
import type { PartValues } from './message.ts'
import type { SignatureVerdict, SignedRequest } from './request.ts'
import type { Encoding, HeaderSet, Proof, Scheme } from './scheme.ts'

const HASH_BYTES = { sha1: 20, sha256: 32, sha512: 64 } as const
const ED25519_BYTES = 64

export interface Claims {
  signatures: Buffer[]
  /** What stands beside the signatures and takes part in what is signed. */
  values: PartValues
}

/** The values of the set that is there, by what they carry. A header came twice: nobody knows which one was meant. */
export function findHeaders(
  sets: readonly HeaderSet[],
  { headers, rawHeaders }: SignedRequest,
): { values: PartValues } | SignatureVerdict {
  const headerNamed = (name: string) => (Object.hasOwn(headers, name) ? headers[name] : undefined)
  const lowered = sets.map((set) => Object.entries(set).map(([part, name]) => ({ part, name: name.toLowerCase() })))
  const set = lowered.find((each) => each.some(({ name }) => headerNamed(name) !== undefined)) ?? lowered[0] ?? []
  const missing = set.map(({ name }) => name).filter((name) => headerNamed(name) === undefined)
  if (missing.length > 0) return { verdict: 'unsigned', reason: `${missing.join(' and ')} did not come` }
  const twice = set.find(({ name }) => rawHeaders.filter(([raw]) => raw.toLowerCase() === name).length > 1)
  if (twice !== undefined) return { verdict: 'refused', reason: `${twice.name} came more than once` }
  return { values: Object.fromEntries(set.map(({ part, name }) => [part, headerNamed(name) ?? ''])) }
}

/** A text says what is wrong with them. */
export function readClaims({ value, encoding, proof }: Scheme, values: PartValues): Claims | string {
  const written = values.signature ?? ''
  const found = signaturesIn(written, value)
  if (typeof found === 'string') return found
  const decoded = found.signatures.map((text) => decode(text, encoding, bytesOf(proof)))
  const signatures = decoded.filter((signature) => typeof signature !== 'string')
  if (signatures.length === 0) return decoded.find((fault) => typeof fault === 'string') ?? 'no signature can be read'
  const { timestamp } = found
  return { signatures, values: timestamp === undefined ? values : { ...values, timestamp } }
}

function signaturesIn(written: string, value: Scheme['value']): { signatures: string[]; timestamp?: string } | string {
  switch (value.form) {
    case 'whole': {
      const { prefix = '' } = value
      if (written.slice(0, prefix.length).toLowerCase() === prefix.toLowerCase()) {
        return { signatures: [written.slice(prefix.length)] }
      }
      return `the signature does not begin with ${JSON.stringify(prefix)}`
    }
    case 'list': {
      const mark = `${value.version},`
      const entries = written.split(' ').filter((entry) => entry.startsWith(mark))
      if (entries.length === 0) return `no signature of version ${value.version} is in the list`
      return { signatures: entries.map((entry) => entry.slice(mark.length)) }
    }
    case 'fields': {
      const fields = written.split(value.separator).map((field) => field.trim())
      const named = (name: string) =>
        fields.filter((field) => field.startsWith(`${name}=`)).map((field) => field.slice(name.length + 1))
      const signatures = named(value.signature)
      if (signatures.length === 0) return `no ${value.signature}= is in the header`
      if (value.timestamp === undefined) return { signatures }
      const [timestamp, second] = named(value.timestamp)
      if (timestamp === undefined) return `no ${value.timestamp}= is in the header`
      if (second !== undefined) return `${value.timestamp}= is in the header more than once`
      return { signatures, timestamp }
    }
    default:
      return value satisfies never
  }
}

/** Undefined where signatures differ in length. */
function bytesOf(proof: Proof): number | undefined {
  if (proof.kind === 'hmac') return HASH_BYTES[proof.hash]
  return proof.kind === 'ed25519' ? ED25519_BYTES : undefined
}

const SHAPES = {
  hex: /^[0-9a-f]*$/i,
  base64: /^[A-Za-z0-9+/]*={0,2}$/,
  base64url: /^[A-Za-z0-9_-]*={0,2}$/,
} as const

function decode(text: string, encoding: Encoding, length: number | undefined): Buffer | string {
  if (encoding === 'text') return Buffer.from(text, 'latin1')
  if (!SHAPES[encoding].test(text)) return `the signature is not ${encoding}`
  const bytes = Buffer.from(text, encoding)
  if (length !== undefined && bytes.length !== length) {
    return `the signature has ${bytes.length} bytes, not ${length}`
  }
  return bytes
}
