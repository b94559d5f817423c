/** Decides what to do about a redirect, as data. Requests nothing. */

export type RedirectDecision =
  /** Hand the redirect itself back as the answer. */
  { kind: 'stay' } | { kind: 'follow'; url: URL } | { kind: 'refuse'; reason: string }

const followedAlways: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const keepsMethod: ReadonlySet<number> = new Set([307, 308])

/**
 * Reads (GET, HEAD) go on. Writes go on only where method and body stay as they are and the origin too: a POST that
 * turns into a GET looks like success and did nothing, and a document is not handed to a host nobody configured.
 */
export function decideRedirect(hop: {
  method: string
  url: URL
  status: number
  location: string | undefined
  /** The origin that holds the source's credentials and may be private. */
  baseOrigin: string | null
}): RedirectDecision {
  const { method, url, status, location, baseOrigin } = hop
  if (location === undefined || !followedAlways.has(status)) return { kind: 'stay' }
  if (!URL.canParse(location, url.href)) return { kind: 'stay' }
  const next = new URL(location, url.href)
  next.hash = ''
  if (method !== 'GET' && method !== 'HEAD' && !(keepsMethod.has(status) && next.origin === url.origin)) {
    return { kind: 'stay' }
  }
  if (url.protocol === 'https:' && next.protocol !== 'https:') {
    return { kind: 'refuse', reason: 'from https to an unprotected address' }
  }
  // A stranger must not steer us back into the source's own API, which may be private.
  if (next.origin === baseOrigin && url.origin !== baseOrigin) {
    return { kind: 'refuse', reason: "another host points back into the source's own API" }
  }
  return { kind: 'follow', url: next }
}
