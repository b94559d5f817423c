/**
 * Signs a callback as its source demands: the mirror of `judge.ts`, out of the same rows, so that a scheme that can be
 * verified can be tried as well. For rehearsals only: Becket signs nobody's callbacks but those it makes up.
 */
import { createHash } from 'node:crypto'
import { messagesOf, type PartValues } from './message.ts'
import type { SignedRequest } from './request.ts'
import type { Encoding, HeaderSet, Scheme, SignatureValue, SignedTime } from './scheme.ts'
import { schemeOf } from './scheme-of.ts'
import { signatureBy } from './signer.ts'
import type { Signing, VerifyConfig } from './verify-config.ts'

export interface UnsignedCallback {
  method: string
  /** As the receiver knows itself: public origin, path and query. */
  url: string
  /** Names in any case. What a scheme signs of them is taken from here. */
  headers: Readonly<Record<string, string>>
  body: Buffer
}

export interface SigningCircumstances {
  nowMs: number
  /** The name of this delivery, where the scheme wants one, and whatever else it wants named. */
  id: string
  /** For schemes whose provider keeps a key to itself: PEM, or a JSON Web Key. */
  privateKey?: string
}

export type SigningResult =
  /** `headers` come beside those of the request. Body and URL may be others: some schemes sign what stands in them. */
  | { kind: 'signed'; headers: Record<string, string>; body: Buffer; url: string }
  /** The source demands no signature. */
  | { kind: 'not-needed' }
  | { kind: 'impossible'; reason: string }

export function signCallback(
  verify: VerifyConfig,
  callback: UnsignedCallback,
  circumstances: SigningCircumstances,
): SigningResult {
  if (verify.scheme === 'none') return { kind: 'not-needed' }
  const scheme = schemeOf(verify)
  const key = 'publicKeys' in verify ? circumstances.privateKey : verify.secrets[0]
  if (key === undefined) return impossible(noKeyOf(verify))
  const body = dated(callback.body, scheme.time, circumstances.nowMs)
  if (body === undefined) return impossible(`the body has to be a JSON object: ${verify.scheme} dates it`)
  const url = signsForm(scheme) ? withBodyHash(callback, body) : callback.url
  const set = scheme.headers[0] ?? { signature: '' }
  const values = valuesOf(scheme, set, callback.headers, circumstances)
  // Of several templates one has to fit; the first is the usual one.
  const messages = messagesOf(scheme.signed.slice(0, 1), asRequest({ ...callback, url, body }), values)
  if (typeof messages === 'string') return impossible(messages)
  const signature = signatureBy(scheme.proof, key, messages[0] ?? [])
  if ('fault' in signature) return impossible(signature.fault)
  const written = writtenAs(scheme.value, textOf(signature.bytes, scheme.encoding), values.timestamp ?? '')
  const headers = Object.entries(set).map(([part, name]) => [
    name,
    part === 'signature' ? written : (values[part] ?? ''),
  ])
  return { kind: 'signed', headers: Object.fromEntries(headers), body, url }
}

/** Null where a signature of this source never gets too old. */
export function oldestSignatureMs(verify: VerifyConfig): number | null {
  if (verify.scheme === 'none') return null
  const { time } = schemeOf(verify)
  if (time === undefined) return null
  return ('toleranceMs' in verify ? verify.toleranceMs : undefined) ?? time.toleranceMs
}

/** The same source with a secret that is not its own, yet one that its scheme takes. */
export function withWrongSecret(verify: VerifyConfig): VerifyConfig {
  if (verify.scheme === 'none' || 'publicKeys' in verify) return verify
  const wrong = createHash('sha256').update(verify.secrets.join('\n')).digest('base64')
  return { ...verify, secrets: [wrong] }
}

function noKeyOf(verify: Signing): string {
  return 'publicKeys' in verify
    ? `only its provider can sign by ${verify.scheme}: give a private key whose public half the source is configured with`
    : 'the source has no secret to sign with'
}

/** What stands beside the signature: from the request where it brings it, else made up. */
function valuesOf(
  { time, value }: Scheme,
  set: HeaderSet,
  headers: UnsignedCallback['headers'],
  { nowMs, id }: SigningCircumstances,
): PartValues {
  const given = new Map(Object.entries(headers).map(([name, text]) => [name.toLowerCase(), text]))
  const parts = Object.keys(set).filter((part) => part !== 'signature')
  const values = Object.fromEntries(parts.map((part) => [part, given.get((set[part] ?? '').toLowerCase()) ?? id]))
  const isTimed = 'timestamp' in set || (value.form === 'fields' && value.timestamp !== undefined)
  return isTimed && time !== undefined ? { ...values, timestamp: String(inUnit(time, nowMs)) } : values
}

function writtenAs(value: SignatureValue, signature: string, timestamp: string): string {
  switch (value.form) {
    case 'whole':
      return `${value.prefix ?? ''}${signature}`
    case 'list':
      return `${value.version},${signature}`
    case 'fields': {
      const dated = value.timestamp === undefined ? [] : [`${value.timestamp}=${timestamp}`]
      return [...dated, `${value.signature}=${signature}`].join(value.separator)
    }
    default:
      return value satisfies never
  }
}

function textOf(bytes: Buffer, encoding: Encoding): string {
  // Header values are bytes that HTTP reads as latin1.
  return bytes.toString(encoding === 'text' ? 'latin1' : encoding)
}

/** The body with the time in it, where the scheme looks for it there; undefined where it has no place for one. */
function dated(body: Buffer, time: SignedTime | undefined, nowMs: number): Buffer | undefined {
  if (time?.bodyField === undefined) return body
  const fields = parsed(body)
  return fields && Buffer.from(JSON.stringify({ ...fields, [time.bodyField]: inUnit(time, nowMs) }))
}

function parsed(body: Buffer): object | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    // Not a fault: any bytes may be a body.
    return undefined
  }
}

function inUnit({ unit }: SignedTime, ms: number): number {
  return unit === 'ms' ? ms : Math.floor(ms / 1000)
}

const signsForm = ({ signed }: Scheme) => signed.some((template) => template.includes('{form}'))

/** Fields of a form are signed one by one; any other body by its hash in the URL. */
function withBodyHash({ url, headers }: UnsignedCallback, body: Buffer): string {
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
  if (body.length === 0 || /^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) return url
  const hash = createHash('sha256').update(body).digest('hex')
  const bare = url.replace(/([?&])bodySHA256=[^&]*&?/i, '$1').replace(/[?&]$/, '')
  return `${bare}${bare.includes('?') ? '&' : '?'}bodySHA256=${hash}`
}

function asRequest({ method, url, headers, body }: UnsignedCallback): SignedRequest {
  const rawHeaders = Object.entries(headers)
  const lowered = Object.fromEntries(rawHeaders.map(([name, value]) => [name.toLowerCase(), value]))
  return { method, url, headers: lowered, rawHeaders, body }
}

function impossible(reason: string): SigningResult {
  return { kind: 'impossible', reason }
}
