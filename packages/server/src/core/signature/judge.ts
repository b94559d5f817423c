/**
 * Whether a callback is signed as its source demands. What is alike in all schemes is done once, here: a header that is
 * missing or came twice, several keys, the age of a timestamp. What differs is a row of a table; see `scheme.ts`.
 * Says only what is true of the request; what a source does with an unsigned one is intake's to decide.
 */
import { describeDuration } from '../duration.ts'
import { findHeaders, readClaims } from './header-values.ts'
import { messagesOf } from './message.ts'
import { proverOf } from './prover.ts'
import type { SignatureVerdict, SignedRequest } from './request.ts'
import type { Scheme, SignedTime } from './scheme.ts'
import { schemeOf } from './scheme-of.ts'
import type { Signing, VerifyConfig } from './verify-config.ts'

export function verifySignature(verify: VerifyConfig, request: SignedRequest, nowMs: number): SignatureVerdict {
  if (verify.scheme === 'none') return { verdict: 'unsigned', reason: 'the source has no signature scheme' }
  const scheme = schemeOf(verify)
  const found = findHeaders(scheme.headers, request)
  if ('verdict' in found) return found
  const claims = readClaims(scheme, found.values)
  if (typeof claims === 'string') return refused(claims)
  const signedAtMs = claimedTime(scheme, claims.values.timestamp)
  if (typeof signedAtMs === 'string') return refused(signedAtMs)
  const messages = messagesOf(scheme.signed, request, claims.values)
  if (typeof messages === 'string') return refused(messages)
  const provers = keysOf(verify).flatMap((key) => proverOf(scheme.proof, key, messages) ?? [])
  if (provers.length === 0) return refused('the source has no usable secret to verify with')
  let isProved = false
  // All are tried, also after one fits: the time taken tells nothing.
  for (const proves of provers) for (const claim of claims.signatures) isProved = proves(claim) || isProved
  if (!isProved) return refused('the signature fits no secret of the source')
  if (scheme.time === undefined) return { verdict: 'verified' }
  const toleranceMs = ('toleranceMs' in verify ? verify.toleranceMs : undefined) ?? scheme.time.toleranceMs
  return staleness(signedAtMs ?? timeInBody(scheme.time, request.body), toleranceMs, nowMs) ?? { verdict: 'verified' }
}

function keysOf(verify: Signing): string[] {
  return 'publicKeys' in verify ? verify.publicKeys : verify.secrets
}

/** Undefined where neither a header nor the signature carries a time. A text says why it cannot be read. */
function claimedTime({ time }: Scheme, timestamp: string | undefined): number | string | undefined {
  if (time === undefined || timestamp === undefined) return undefined
  const milliseconds = time.unit === 'ms'
  if (!/^\d{1,15}$/.test(timestamp)) {
    return `the timestamp is not a number of ${milliseconds ? 'milliseconds' : 'seconds'}`
  }
  return milliseconds ? Number(timestamp) : Number(timestamp) * 1000
}

/** Read only once the body is proved. */
function timeInBody({ bodyField, unit }: SignedTime, body: Buffer): number | string | undefined {
  if (bodyField === undefined) return undefined
  const fault = `the body has no ${bodyField} to tell its age by`
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    const time =
      typeof value === 'object' && value !== null
        ? Object.entries(value).find(([name]) => name === bodyField)
        : undefined
    return typeof time?.[1] === 'number' ? time[1] * (unit === 'ms' ? 1 : 1000) : fault
  } catch {
    return fault
  }
}

function staleness(signedAtMs: number | string | undefined, toleranceMs: number | null, nowMs: number) {
  if (toleranceMs === null || signedAtMs === undefined) return undefined
  if (typeof signedAtMs === 'string') return refused(signedAtMs)
  const ageMs = nowMs - signedAtMs
  if (Math.abs(ageMs) <= toleranceMs) return undefined
  const distance = `${describeDuration(Math.abs(ageMs))} ${ageMs > 0 ? 'ago' : 'ahead'}`
  return refused(`the signature fits, but was made ${distance}; ${describeDuration(toleranceMs)} are allowed`)
}

function refused(reason: string): SignatureVerdict {
  return { verdict: 'refused', reason }
}
