/**
 * A URL that we called, as records, logs and errors show it: no user, no fragment, no query value at all, since
 * many are presigned, and no segment that could be a secret. Stricter than `redactUrl`, which keeps the hints of a callback.
 */
import { redactUrl } from '../core/redact.ts'

const HIDDEN = '[redacted]'

// 40 characters: longer than a UUID or one of our ids, shorter than a token of ours or a signed path.
const SECRET_SEGMENT_LENGTH = 40

export function recordedUrl(url: string | URL): string {
  const parsed = typeof url === 'string' ? parse(url) : url
  if (parsed === null) return '(not a URL)'
  const { href } = parsed
  if (clean.has(href)) return href
  const path = parsed.pathname
    .split('/')
    .map((segment) => (segment.length >= SECRET_SEGMENT_LENGTH ? HIDDEN : segment))
    .join('/')
  const query = [...parsed.searchParams.keys()].map((name) => `${encodeURIComponent(name)}=${HIDDEN}`).join('&')
  const recorded = redactUrl(`${parsed.protocol}//${parsed.host}${path}${query === '' ? '' : `?${query}`}`)
  if (recorded === href) remember(href)
  return recorded
}

// 500: a source calls few addresses that hide nothing, again and again. What is longer than 500 characters comes once.
const REMEMBERED = 500
const clean = new Set<string>()

function remember(href: string): void {
  if (href.length > REMEMBERED) return
  if (clean.size >= REMEMBERED) clean.clear()
  clean.add(href)
}

function parse(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null
}
