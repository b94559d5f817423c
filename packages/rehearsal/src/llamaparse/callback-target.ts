/** Where a job's callbacks go, and the rules for such an address. */

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

/** From where a stand-in is reached, and what it calls back: this machine only, or any address. */
export type Reach = 'loopback' | 'any'

// The real provider stores the address in a short column.
const MAX_URL_CHARS = 200

/** Why the address cannot be used, or null. The real provider demands https and a domain; loopback may be plain http. */
export function faultOfCallbackUrl(url: string, reach: Reach): string | null {
  if (url.length >= MAX_URL_CHARS) return `webhook_url must be shorter than ${MAX_URL_CHARS} characters`
  if (!URL.canParse(url)) return 'webhook_url is not a URL'
  const { protocol, hostname } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') return 'webhook_url must be an http or https address'
  if (reach === 'loopback' && !isLoopback(hostname)) {
    return `webhook_url must be on this machine: this stand-in calls back to loopback only, not to ${hostname}`
  }
  return null
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  )
}
