/**
 * What a provider asks of an address before it trusts it, and the answer that it wants: an echo, a signed word, a pong.
 * Answered at once and never kept: it is no callback. Only for the schemes that have one, and, where the provider signs
 * its question, only if the signature is good.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { verifySignature } from './judge.ts'
import type { SignedRequest } from './request.ts'
import type { Signing, VerifyConfig } from './verify-config.ts'

export type Handshake =
  /** A text goes out as plain text, anything else as JSON; undefined is an empty body. */
  { kind: 'answer'; status: number; body: unknown } | { kind: 'refused'; reason: string }

interface Custom {
  method: 'GET' | 'POST'
  /** `secret`: the one that the question was signed with, or else the first. */
  respond(request: SignedRequest, secret: string): Handshake | undefined
}

// A question is a few hundred bytes: a larger body is a callback, and need not be read.
const LARGEST_QUESTION_BYTES = 16_384
// What we sign or echo for anybody who asks must never be a body that we would take for signed: no braces, no quotes.
const HARMLESS_WORD = /^[A-Za-z0-9_.-]{1,512}$/

const signedCustoms: Partial<Record<Signing['scheme'], Custom>> = {
  slack: {
    method: 'POST',
    respond: ({ body }) => {
      const { type, challenge } = fieldsOf(body)
      return type === 'url_verification' && typeof challenge === 'string' ? answer({ challenge }) : undefined
    },
  },
  zoom: {
    method: 'POST',
    respond: ({ body }, secret) => {
      const { event, payload } = fieldsOf(body)
      const { plainToken } = entriesOf(payload)
      if (event !== 'endpoint.url_validation' || typeof plainToken !== 'string') return undefined
      if (!HARMLESS_WORD.test(plainToken)) return { kind: 'refused', reason: 'the plainToken is no plain word' }
      const encryptedToken = createHmac('sha256', secret).update(plainToken).digest('hex')
      return answer({ plainToken, encryptedToken })
    },
  },
  discord: {
    method: 'POST',
    respond: ({ body }) => {
      const { type, event, data } = fieldsOf(body)
      // The ping of its webhook events is 0; 1 is the ping of its interactions, and there an event, which says which.
      if (type === 0) return { kind: 'answer', status: 204, body: undefined }
      return type === 1 && event === undefined && data === undefined ? answer({ type: 1 }) : undefined
    },
  },
}

/** Nobody signs these: they prove only that we know a word, or can sign with the secret. */
function openHandshake(verify: Signing, { method, url }: SignedRequest): Handshake | undefined {
  if (method !== 'GET' || !URL.canParse(url)) return undefined
  const query = new URL(url).searchParams
  if (verify.scheme === 'meta') {
    const [challenge, token] = [query.get('hub.challenge'), query.get('hub.verify_token')]
    if (query.get('hub.mode') !== 'subscribe' || challenge === null) return undefined
    const { verifyTokens = [] } = verify
    if (verifyTokens.length === 0) return { kind: 'refused', reason: 'the source has no verifyToken to compare with' }
    if (!isAmong(verifyTokens, token ?? '')) return { kind: 'refused', reason: 'the verify token is another one' }
    return HARMLESS_WORD.test(challenge)
      ? answer(challenge)
      : { kind: 'refused', reason: 'the challenge is no plain word' }
  }
  if (verify.scheme === 'twitter') {
    const [token, secret] = [query.get('crc_token'), verify.secrets[0]]
    if (token === null || secret === undefined || secret === '') return undefined
    if (!HARMLESS_WORD.test(token)) return { kind: 'refused', reason: 'the crc_token is no plain word' }
    return answer({ response_token: `sha256=${createHmac('sha256', secret).update(token).digest('base64')}` })
  }
  return undefined
}

/** Undefined where the request is no handshake, or one that is not signed as it should be: then it is a callback as any. */
export function handshakeFor(verify: VerifyConfig, request: SignedRequest, nowMs: number): Handshake | undefined {
  if (verify.scheme === 'none') return undefined
  const custom = signedCustoms[verify.scheme]
  if (custom === undefined) return openHandshake(verify, request)
  if (request.method !== custom.method || request.body.length > LARGEST_QUESTION_BYTES) return undefined
  // Cheap to ask first: most requests are callbacks.
  if (custom.respond(request, '') === undefined) return undefined
  const key = keyThatFits(verify, request, nowMs)
  return key === undefined ? undefined : custom.respond(request, key)
}

function keyThatFits(verify: Signing, request: SignedRequest, nowMs: number): string | undefined {
  const keys = 'publicKeys' in verify ? verify.publicKeys : verify.secrets
  const only = (key: string) =>
    'publicKeys' in verify ? { ...verify, publicKeys: [key] } : { ...verify, secrets: [key] }
  return keys.find((key) => verifySignature(only(key), request, nowMs).verdict === 'verified')
}

function isAmong(tokens: readonly string[], claimed: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  let isAny = false
  for (const token of tokens) isAny = (token !== '' && timingSafeEqual(hash(token), hash(claimed))) || isAny
  return isAny
}

function answer(body: unknown): Handshake {
  return { kind: 'answer', status: 200, body }
}

function fieldsOf(body: Buffer): Record<string, unknown> {
  try {
    return entriesOf(JSON.parse(body.toString('utf8')))
  } catch {
    return {}
  }
}

function entriesOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
