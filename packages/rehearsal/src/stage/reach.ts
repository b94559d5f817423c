/** From where a stand-in is reached, and what it may call: this machine only, or any address. */

export type Reach = 'loopback' | 'any'

/** Why a stand-in must not call this address back, or null. `name` is what the wire format calls it. */
export function faultOfAddress(url: string, reach: Reach, name: string): string | null {
  if (!URL.canParse(url)) return `${name} is not a URL`
  const { protocol, hostname } = new URL(url)
  if (protocol !== 'http:' && protocol !== 'https:') return `${name} must be an http or https address`
  if (reach === 'loopback' && !isLoopback(hostname)) {
    return `${name} must be on this machine: this stand-in calls back to loopback only, not to ${hostname}`
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
