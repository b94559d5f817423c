/** Judges an error that a submit threw: did the provider surely not take the work? In doubt, it may have. */

/** Throw this from `submit` when you know that the provider did not take the work. */
export class NotSubmittedError extends Error {
  override readonly name = 'NotSubmittedError'
}

/** Failures before a single byte of the request could leave: the name was not found, nobody listened, no way there. */
const NEVER_LEFT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_INVALID_URL',
])

/**
 * 4xx answers refuse the work, except: 408 and 425 (it may have been read), 409 (an earlier try may have been taken),
 * 499 (somebody hung up).
 */
const UNCLEAR_STATUSES: ReadonlySet<number> = new Set([408, 409, 425, 499])

export function surelyNotSubmitted(error: unknown): boolean {
  const seen = new Set<unknown>()
  for (let layer = error; isRecord(layer) && !seen.has(layer); layer = layer.cause) {
    seen.add(layer)
    if (layer instanceof NotSubmittedError) return true
    const status = statusOf(layer)
    if (status !== null) return status >= 400 && status < 500 && !UNCLEAR_STATUSES.has(status)
    // Several addresses were tried: none may have taken it.
    if (layer instanceof AggregateError && layer.errors.length > 0) return layer.errors.every(surelyNotSubmitted)
    if (typeof layer.code === 'string' && NEVER_LEFT.has(layer.code)) return true
  }
  return false
}

/** The HTTP status, where the usual clients keep it: on the error, or on its `response`. */
function statusOf(error: Record<string, unknown>): number | null {
  const response = isRecord(error.response) ? error.response : {}
  const found = [error.status, error.statusCode, response.status].find((status) => typeof status === 'number')
  return typeof found === 'number' && found >= 100 && found <= 599 ? found : null
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
