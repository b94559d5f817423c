/**
 * The callback self-test: a nonce, signed with the server's key, that is good for a minute, and an answer to it that only
 * who has the same key can give. So whoever asks knows that it was this installation that was reached. Opens nothing else.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { TokenKeys } from './callback-token.ts'

/** Below the intake, so that it goes the way of every callback: no source's name begins with a dot. */
export const SELF_TEST_PATH = '/in/.becket/self-test'

// 60 s: longer than any detour of a request, too short for anybody to make use of one that was seen.
export const SELF_TEST_MS = 60_000

// What the key is used for is part of what is signed: nothing made here fits elsewhere, and a question is no answer.
const ASKING = 'becket self-test 1'
const ANSWERING = 'becket self-test answer 1'
const NONCE = /^[A-Za-z0-9_-]{22,86}$/

/** `nonce`: 16 random bytes or more, in base64url. */
export function askSelfTest(keys: TokenKeys, nonce: string, nowMs: number): string {
  const keyId = keys.signing
  return [keyId, nowMs, nonce, macOf(keys, keyId, ASKING, `${nowMs}.${nonce}`)].join('.')
}

/** Null for whatever is not a fresh question of ours, without saying why: the reason would only help a forger. */
export function answerSelfTest(keys: TokenKeys, question: string, nowMs: number): string | null {
  const [keyId = '', askedMs = '', nonce = '', mac = '', ...rest] = question.split('.', 5)
  if (rest.length > 0 || !keys.byId.has(keyId) || !/^\d{1,15}$/.test(askedMs) || !NONCE.test(nonce)) return null
  if (!isSame(mac, macOf(keys, keyId, ASKING, `${askedMs}.${nonce}`))) return null
  if (Math.abs(nowMs - Number(askedMs)) > SELF_TEST_MS) return null
  return macOf(keys, keyId, ANSWERING, nonce)
}

/** Whether it was one of ours that answered the question with this nonce. */
export function isSelfTestAnswer(keys: TokenKeys, nonce: string, answer: string): boolean {
  return isSame(answer, macOf(keys, keys.signing, ANSWERING, nonce))
}

function macOf(keys: TokenKeys, keyId: string, purpose: string, text: string): string {
  const key = keys.byId.get(keyId)
  if (key === undefined) throw new Error(`The key ${keyId} is not among the server keys`)
  return createHmac('sha256', key).update([purpose, keyId, text].join('\0')).digest('base64url')
}

function isSame(claimed: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(claimed, 'utf8'), Buffer.from(wanted, 'latin1')]
  return one.length === other.length && timingSafeEqual(one, other)
}
