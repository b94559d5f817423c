import { expect, test } from 'vitest'
import type { OutboundAnswer } from '../outbound/outbound.ts'
import { submitFailure, unavailable } from './failed-request.ts'

const advice = { unauthorized: 'Look at the key.' }

const answered = (status: number, retryAfterMs: number | null = null): OutboundAnswer => ({
  kind: 'answer',
  status,
  headers: {},
  body: Buffer.from('{}'),
  tookMs: 1,
  retryAfterMs,
})
const fault = (code: string, sent: boolean, retryAfterMs?: number): OutboundAnswer => ({
  kind: 'fault',
  code,
  message: code,
  sent,
  tookMs: 1,
  retryAfterMs,
})

test.each([
  ['400', answered(400), 'refused', false, undefined],
  ['401', answered(401), 'refused', false, undefined],
  ['404', answered(404), 'refused', false, undefined],
  ['408', answered(408), 'refused', true, 5_000],
  ['425', answered(425), 'refused', true, 5_000],
  ['429', answered(429), 'refused', true, 5_000],
  ['429 with Retry-After', answered(429, 9_000), 'refused', true, 9_000],
  ['500', answered(500), 'unclear', true, undefined],
  ['503', answered(503), 'unclear', true, undefined],
  ['503 with Retry-After', answered(503, 9_000), 'refused', true, 9_000],
  ['no address', fault('DNS_FAILED', false), 'refused', true, undefined],
  ['a certificate that is not good', fault('TLS_FAILED', false), 'refused', true, undefined],
  ['no connection', fault('CONNECTION_REFUSED', false), 'refused', true, undefined],
  ['a connection that broke', fault('CONNECTION_LOST', true), 'unclear', true, undefined],
  ['an address that is not allowed', fault('ADDRESS_BLOCKED', false), 'refused', false, undefined],
  ['no turn', fault('RATE_LIMITED', false, 30_000), 'refused', true, 30_000],
] as const)('a submit that meets %s', (_, answer, kind, retryable, retryAfterMs) => {
  const failure = submitFailure(answer, advice)
  expect(failure).toMatchObject({ kind, error: { retryable } })
  expect(failure.kind === 'refused' ? failure.retryAfterMs : undefined).toBe(retryAfterMs)
})

test.each([
  ['500', answered(500), true],
  ['503 with Retry-After', answered(503, 9_000), true],
  ['429', answered(429), false],
  ['401', answered(401), false],
  ['422', answered(422), false],
  ['no connection', fault('CONNECTION_REFUSED', false), true],
  ['no address', fault('DNS_FAILED', false), true],
  ['an answer that is too large', fault('ANSWER_TOO_LARGE', true), false],
  ['no turn', fault('RATE_LIMITED', false, 30_000), undefined],
  ['our own stop', fault('ABORTED', true), undefined],
  ['our own configuration', fault('ORIGIN_NOT_ALLOWED', false), undefined],
] as const)('a question that meets %s is its fault: see the table', (_, answer, isFault) => {
  expect(unavailable(answer, advice).isFault).toBe(isFault)
})

test('a question without a turn says when to come back', () => {
  expect(unavailable(fault('RATE_LIMITED', false, 30_000), advice)).toMatchObject({ retryAfterMs: 30_000 })
})
