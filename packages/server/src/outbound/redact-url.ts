/** Makes a URL fit to be stored and logged: no user, no fragment, no query values, no segment that looks like a secret. */

const HIDDEN = '***'

// 40 characters: longer than a UUID or one of our ids, shorter than a token of ours or a signed path.
const SECRET_SEGMENT_LENGTH = 40

export function redactUrl(url: string | URL): string {
  const parsed = typeof url === 'string' ? parse(url) : url
  if (parsed === null) return '(not a URL)'
  const path = parsed.pathname
    .split('/')
    .map((segment) => (segment.length >= SECRET_SEGMENT_LENGTH ? HIDDEN : segment))
    .join('/')
  const query = [...parsed.searchParams.keys()].map((name) => `${encodeURIComponent(name)}=${HIDDEN}`).join('&')
  return `${parsed.protocol}//${parsed.host}${path}${query === '' ? '' : `?${query}`}`
}

function parse(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null
}
