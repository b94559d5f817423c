/** What a request without an answer says about trying again, and about whom. One table, so that no caller has its own opinion. */
import type { FaultCode } from './fault.ts'

export type FaultClass =
  /** The other side cannot be reached or did not answer: its fault, and it may be over in a minute. */
  | 'failing'
  /** It answered, with something that this request does not take. */
  | 'answered'
  /** Stays until somebody changes the configuration. */
  | 'lasting'
  /** Kept back by us, for its pace. */
  | 'throttled'
  /** Broken off by us. */
  | 'interrupted'

const classes: Readonly<Record<FaultCode, FaultClass>> = {
  URL_INVALID: 'lasting',
  ORIGIN_NOT_ALLOWED: 'lasting',
  ADDRESS_BLOCKED: 'lasting',
  REQUEST_INVALID: 'lasting',
  // A name that cannot be looked up may be misspelt, and may be back in a minute: only trying again tells.
  DNS_FAILED: 'failing',
  CONNECTION_REFUSED: 'failing',
  CONNECT_TIMEOUT: 'failing',
  UNREACHABLE: 'failing',
  // A certificate that has expired is renewed by its owner, and nobody here needs to do anything.
  TLS_FAILED: 'failing',
  CONNECT_FAILED: 'failing',
  TIMEOUT: 'failing',
  CONNECTION_LOST: 'failing',
  ANSWER_MALFORMED: 'failing',
  ANSWER_TOO_LARGE: 'answered',
  REDIRECT_BLOCKED: 'answered',
  TOO_MANY_REDIRECTS: 'answered',
  RATE_LIMITED: 'throttled',
  ABORTED: 'interrupted',
  CLOSED: 'interrupted',
}

/** A code of somebody else's making is taken for the other side's failure. */
export function classifyFaultCode(code: string): FaultClass {
  return isFaultCode(code) ? classes[code] : 'failing'
}

function isFaultCode(code: string): code is FaultCode {
  return Object.hasOwn(classes, code)
}

/** Whether the same request may get an answer later, with nothing changed here. */
export function retryableFault(code: string): boolean {
  return classifyFaultCode(code) !== 'lasting'
}
