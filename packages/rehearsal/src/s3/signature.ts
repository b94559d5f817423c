/**
 * Checks the signature of a request to S3 (AWS Signature Version 4), in a header or in the address. Pure: the caller brings
 * the time. Knows no chunked uploads; `s3.ts` refuses them before.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export interface SignedRequest {
  method: string
  /** As on the wire, still encoded. */
  path: string
  /** As on the wire, without its question mark. */
  query: string
  /** Names in small letters. */
  headers: Readonly<Record<string, string | undefined>>
  body: Buffer
}

export interface SigningKey {
  accessKeyId: string
  secretAccessKey: string
  region: string
}

export type SignatureFault =
  | 'AccessDenied'
  | 'AuthorizationHeaderMalformed'
  | 'ExpiredToken'
  | 'InvalidAccessKeyId'
  | 'RequestTimeTooSkewed'
  | 'SignatureDoesNotMatch'
  | 'XAmzContentSHA256Mismatch'

const ALGORITHM = 'AWS4-HMAC-SHA256'
const UNSIGNED = 'UNSIGNED-PAYLOAD'
// 15 minutes, as AWS allows either way.
const SKEW_MS = 900_000
// 7 days: no address is signed for longer.
const LONGEST_MS = 604_800_000

interface Claim {
  accessKeyId: string
  day: string
  region: string
  signedHeaders: string[]
  signature: string
  at: string
  payload: string
  /** Of a signed address; null in a header. */
  lastsMs: number | null
}

/** Null: the signature is good. */
export function faultOfSignature(request: SignedRequest, key: SigningKey, nowMs: number): SignatureFault | null {
  const params = readQuery(request.query)
  const claim = claimInQuery(params) ?? claimInHeader(request)
  if (typeof claim === 'string') return claim
  if (claim.accessKeyId !== key.accessKeyId) return 'InvalidAccessKeyId'
  if (claim.region !== key.region || !claim.signedHeaders.includes('host')) return 'AuthorizationHeaderMalformed'
  const atMs = timeOf(claim.at)
  if (atMs === null || !claim.at.startsWith(claim.day)) return 'AuthorizationHeaderMalformed'
  if (claim.lastsMs === null && Math.abs(nowMs - atMs) > SKEW_MS) return 'RequestTimeTooSkewed'
  if (claim.lastsMs !== null && nowMs > atMs + claim.lastsMs) return 'ExpiredToken'
  if (!isSame(signatureOf(request, params, claim, key), claim.signature)) return 'SignatureDoesNotMatch'
  const isHashed = /^[0-9a-f]{64}$/.test(claim.payload)
  return isHashed && claim.payload !== sha256(request.body) ? 'XAmzContentSHA256Mismatch' : null
}

type Params = readonly (readonly [string, string])[]

function claimInQuery(params: Params): Claim | SignatureFault | null {
  const param = (name: string) => params.find(([known]) => known === name)?.[1]
  const algorithm = param('X-Amz-Algorithm')
  if (algorithm === undefined) return null
  const seconds = Number(param('X-Amz-Expires'))
  const lastsMs = seconds * 1000
  if (algorithm !== ALGORITHM || !Number.isInteger(seconds) || seconds < 1 || lastsMs > LONGEST_MS) {
    return 'AuthorizationHeaderMalformed'
  }
  return readClaim({
    credential: param('X-Amz-Credential'),
    signedHeaders: param('X-Amz-SignedHeaders'),
    signature: param('X-Amz-Signature'),
    at: param('X-Amz-Date'),
    payload: UNSIGNED,
    lastsMs,
  })
}

function claimInHeader({ headers }: SignedRequest): Claim | SignatureFault {
  const { authorization } = headers
  if (authorization === undefined) return 'AccessDenied'
  if (!authorization.startsWith(`${ALGORITHM} `)) return 'AuthorizationHeaderMalformed'
  const part = (name: string) => new RegExp(`[ ,]${name}=([^, ]+)`).exec(authorization)?.[1]
  return readClaim({
    credential: part('Credential'),
    signedHeaders: part('SignedHeaders'),
    signature: part('Signature'),
    at: headers['x-amz-date'],
    payload: headers['x-amz-content-sha256'],
    lastsMs: null,
  })
}

function readClaim(told: {
  credential: string | undefined
  signedHeaders: string | undefined
  signature: string | undefined
  at: string | undefined
  payload: string | undefined
  lastsMs: number | null
}): Claim | SignatureFault {
  const { signedHeaders, signature, at, payload, lastsMs } = told
  const [accessKeyId, day, region, service, end, ...more] = (told.credential ?? '').split('/')
  if (accessKeyId === undefined || day === undefined || region === undefined || more.length > 0) {
    return 'AuthorizationHeaderMalformed'
  }
  const isComplete = signedHeaders !== undefined && signature !== undefined && at !== undefined && payload !== undefined
  if (!isComplete || service !== 's3' || end !== 'aws4_request') return 'AuthorizationHeaderMalformed'
  return { accessKeyId, day, region, signedHeaders: signedHeaders.split(';'), signature, at, payload, lastsMs }
}

function signatureOf(request: SignedRequest, params: Params, claim: Claim, { secretAccessKey }: SigningKey): string {
  const query = params
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .toSorted(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const headers = claim.signedHeaders.map(
    (name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`,
  )
  const asked = [
    request.method,
    // S3 alone encodes a path once only.
    request.path
      .split('/')
      .map((part) => encode(decode(part)))
      .join('/'),
    query,
    headers.join(''),
    claim.signedHeaders.join(';'),
    claim.payload,
  ].join('\n')
  const scope = `${claim.day}/${claim.region}/s3/aws4_request`
  const text = [ALGORITHM, claim.at, scope, sha256(asked)].join('\n')
  const signingKey = [claim.day, claim.region, 's3', 'aws4_request'].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  )
  return hmac(signingKey, text).toString('hex')
}

function readQuery(query: string): Params {
  if (query === '') return []
  return query.split('&').map((pair) => {
    const at = pair.indexOf('=')
    const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    return [decode(name.replaceAll('+', ' ')), decode(value.replaceAll('+', ' '))] as const
  })
}

/** What is not well encoded stays as it is: its signature cannot be good. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}

function timeOf(at: string): number | null {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(at)
  if (!match) return null
  const [, year, month, day, hour, minute, second] = match.map(Number)
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second)
}

function isSame(ours: string, theirs: string): boolean {
  const [known, told] = [Buffer.from(ours), Buffer.from(theirs)]
  return known.length === told.length && timingSafeEqual(known, told)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
