/** Where a job's callbacks go, and the rules for such an address. */
import { faultOfAddress, type Reach } from '../stage/reach.ts'

export interface CallbackTarget {
  url: string
  /** The events asked for; null: those that end a job. */
  events: readonly string[] | null
  headers: Record<string, string>
  /** `string`: the body is a JSON string that holds the JSON, which is what v2 does unless told otherwise. */
  format: 'string' | 'json'
  /** Signs the body where it is set. */
  secret: string | null
}

// The real provider stores the address in a short column.
const MAX_URL_CHARS = 200

/** Why the address cannot be used, or null. The real provider demands https and a domain; loopback may be plain http. */
export function faultOfCallbackUrl(url: string, reach: Reach): string | null {
  if (url.length >= MAX_URL_CHARS) return `webhook_url must be shorter than ${MAX_URL_CHARS} characters`
  return faultOfAddress(url, reach, 'webhook_url')
}
