import { expect, test } from 'vitest'
import { classifyFault } from './fault.ts'
import { classifyFaultCode, retryableFault } from './fault-class.ts'

const thrown = (code: string) => Object.assign(new Error(code), { code })

test.each([
  ['ENOTFOUND', 'DNS_FAILED', 'failing'],
  ['EAI_AGAIN', 'DNS_FAILED', 'failing'],
  ['ECONNREFUSED', 'CONNECTION_REFUSED', 'failing'],
  ['EHOSTUNREACH', 'UNREACHABLE', 'failing'],
  ['CERT_HAS_EXPIRED', 'TLS_FAILED', 'failing'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'TLS_FAILED', 'failing'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'TLS_FAILED', 'failing'],
  ['EPROTO', 'TLS_FAILED', 'failing'],
  ['ECONNRESET', 'CONNECTION_LOST', 'failing'],
  ['HPE_INVALID_CONSTANT', 'ANSWER_MALFORMED', 'failing'],
  ['ADDRESS_BLOCKED', 'ADDRESS_BLOCKED', 'lasting'],
  ['UND_ERR_INVALID_ARG', 'REQUEST_INVALID', 'lasting'],
  ['UND_ERR_DESTROYED', 'CLOSED', 'interrupted'],
] as const)('%s is %s, which is %s', (errorCode, code, faultClass) => {
  expect(classifyFault(thrown(errorCode), true)).toBe(code)
  expect(classifyFaultCode(code)).toBe(faultClass)
})

test.each([
  ['TIMEOUT', 'failing', true],
  ['ANSWER_TOO_LARGE', 'answered', true],
  ['ORIGIN_NOT_ALLOWED', 'lasting', false],
  ['RATE_LIMITED', 'throttled', true],
  ['ABORTED', 'interrupted', true],
  ['SOMETHING_NEW', 'failing', true],
] as const)('%s is %s, and trying again may help: %s', (code, faultClass, retryable) => {
  expect(classifyFaultCode(code)).toBe(faultClass)
  expect(retryableFault(code)).toBe(retryable)
})
