/** Names for the ways in which a request gets no answer. Messages name the host, never a path, a header or a body. */

const phrases = {
  URL_INVALID: 'the address cannot be used',
  ORIGIN_NOT_ALLOWED: 'is not among the origins this source may call',
  ADDRESS_BLOCKED: 'leads to an address that this source may not reach',
  DNS_FAILED: 'has no address: its name cannot be looked up',
  CONNECTION_REFUSED: 'refused the connection',
  CONNECT_TIMEOUT: 'took no connection in time',
  UNREACHABLE: 'cannot be reached from this network',
  TLS_FAILED: 'could not agree on a secure connection',
  CONNECT_FAILED: 'could not be connected to',
  TIMEOUT: 'gave no whole answer before the deadline',
  ABORTED: 'was not waited for: the caller gave up',
  CONNECTION_LOST: 'closed the connection before the answer was whole',
  ANSWER_TOO_LARGE: 'answered with more than this request accepts',
  ANSWER_MALFORMED: 'answered with something that is not HTTP as we can read it',
  REDIRECT_BLOCKED: 'redirects to where this request may not go',
  TOO_MANY_REDIRECTS: 'redirects too often',
  REQUEST_INVALID: 'cannot be sent this request: a header or the body is not valid HTTP',
  RATE_LIMITED: 'was not called: its rate is used up, or it asked to be left alone for a while',
  CLOSED: 'was not called: this process is stopping',
} as const

export type FaultCode = keyof typeof phrases

export function faultMessage(code: FaultCode, host: string, reason?: string): string {
  return `${host} ${phrases[code]}${reason === undefined ? '' : `: ${reason}`}`
}

/** Thrown inside the connector, so that it travels through the HTTP client unharmed. */
export class BlockedError extends Error {
  override readonly name = 'BlockedError'
  readonly code = 'ADDRESS_BLOCKED'
}

const byErrorCode: Readonly<Record<string, FaultCode>> = {
  ADDRESS_BLOCKED: 'ADDRESS_BLOCKED',
  ENOTFOUND: 'DNS_FAILED',
  ENODATA: 'DNS_FAILED',
  ECONNREFUSED: 'CONNECTION_REFUSED',
  UND_ERR_CONNECT_TIMEOUT: 'CONNECT_TIMEOUT',
  EHOSTUNREACH: 'UNREACHABLE',
  ENETUNREACH: 'UNREACHABLE',
  EADDRNOTAVAIL: 'UNREACHABLE',
  EPROTO: 'TLS_FAILED',
  ECONNRESET: 'CONNECTION_LOST',
  EPIPE: 'CONNECTION_LOST',
  UND_ERR_SOCKET: 'CONNECTION_LOST',
  UND_ERR_HEADERS_OVERFLOW: 'ANSWER_MALFORMED',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'ANSWER_MALFORMED',
  UND_ERR_INVALID_ARG: 'REQUEST_INVALID',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'REQUEST_INVALID',
  UND_ERR_DESTROYED: 'CLOSED',
  UND_ERR_CLOSED: 'CLOSED',
}

/** `sent`: whether the connection stood and the request had begun to leave. */
export function classifyFault(error: unknown, sent: boolean): FaultCode {
  const code = errorCode(error)
  if (code === 'ETIMEDOUT') return sent ? 'CONNECTION_LOST' : 'CONNECT_TIMEOUT'
  const known = byErrorCode[code]
  if (known === 'CONNECTION_LOST' && !sent) return 'CONNECT_FAILED'
  if (known !== undefined) return known
  if (code.startsWith('EAI_')) return 'DNS_FAILED'
  if (code.startsWith('HPE_')) return 'ANSWER_MALFORMED'
  if (/^ERR_(TLS|SSL)|CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) return 'TLS_FAILED'
  return sent ? 'CONNECTION_LOST' : 'CONNECT_FAILED'
}

function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return ''
  if ('code' in error && typeof error.code === 'string') return error.code
  // undici leaves the code out of some of its parser's errors.
  return error.name === 'HTTPParserError' ? 'HPE_UNKNOWN' : ''
}
