/** What an HTTP status says about trying again. One table, so that no caller has its own opinion. */

export type StatusClass =
  | 'success'
  | 'redirect'
  /** The request itself is wrong: the same again gets the same answer. */
  | 'rejected'
  | 'unauthorized'
  | 'missing'
  /** Turned away before any work: too fast, or too early. */
  | 'throttled'
  /** The other side failed; whether it did the work is not known. */
  | 'failing'

const exceptions: Readonly<Record<number, StatusClass>> = {
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'missing',
  408: 'throttled',
  410: 'missing',
  425: 'throttled',
  429: 'throttled',
  // Not implemented, HTTP version not supported: no later attempt changes that.
  501: 'rejected',
  505: 'rejected',
}

export function classifyStatus(status: number): StatusClass {
  const exception = exceptions[status]
  if (exception !== undefined) return exception
  if (status >= 200 && status < 300) return 'success'
  if (status >= 300 && status < 400) return 'redirect'
  if (status >= 500) return 'failing'
  return 'rejected'
}

/** Whether the same request may succeed later. */
export function retryableStatus(status: number): boolean {
  const statusClass = classifyStatus(status)
  return statusClass === 'throttled' || statusClass === 'failing'
}
