/** Why a request is refused, in Airtable's words. Data: `routes.ts` puts it on the wire. */

export interface Refusal {
  kind: 'refused'
  status: number
  type: string
  /** Empty where Airtable says the type and nothing else. */
  message: string
}

export function refusal(status: number, type: string, message = ''): Refusal {
  return { kind: 'refused', status, type, message }
}

export const NO_KEY = refusal(401, 'AUTHENTICATION_REQUIRED', 'Authentication required')
export const NOT_FOUND = refusal(404, 'NOT_FOUND')
export const NO_TABLE = refusal(
  403,
  'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND',
  'Invalid permissions, or the requested model was not found.',
)
export const THROTTLED = refusal(429, 'RATE_LIMIT_REACHED', 'Rate limit exceeded. Please try again later')
export const BROKEN = refusal(500, 'SERVER_ERROR', 'Something went wrong here. Nothing was written.')

export const noRecord = (id: string) => refusal(404, 'MODEL_ID_NOT_FOUND', `Record not found: ${id}`)
export const badBody = (message: string) => refusal(422, 'INVALID_REQUEST_UNKNOWN', `Invalid request: ${message}`)

/** As JSON: one error, a bare word, or, for limits, a list of errors. */
export function bodyOf({ status, type, message }: Refusal): Record<string, unknown> {
  if (status === 429) return { errors: [{ error: type, message }] }
  return { error: message === '' ? type : { type, message } }
}
