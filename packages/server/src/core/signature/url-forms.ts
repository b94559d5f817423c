/**
 * The forms of one URL that providers sign. Cut by hand: a URL class would write some characters anew, and the signature
 * would no longer fit.
 */

const ABSOLUTE = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*?)(:\d+)?([/?#].*)?$/is

interface UrlParts {
  scheme: string
  host: string
  port: string
  /** Path and query. */
  rest: string
}

function partsOf(url: string): UrlParts {
  const found = ABSOLUTE.exec(url)
  if (found === null) return { scheme: '', host: '', port: '', rest: url }
  const [, scheme = '', host = '', port = '', rest = ''] = found
  return { scheme, host, port, rest }
}

export function pathOf(url: string): string {
  return partsOf(url).rest
}

export function withoutPort(url: string): string {
  const { scheme, host, rest } = partsOf(url)
  return scheme + host + rest
}

/** Its own port, or the usual one of its scheme. */
export function withPort(url: string): string {
  const { scheme, host, port, rest } = partsOf(url)
  const usual = scheme === '' ? '' : scheme.toLowerCase() === 'https://' ? ':443' : ':80'
  return scheme + host + (port || usual) + rest
}

// `? & = # %` stay: they part the URL.
const RESERVED = /%(?:3A|2F|40|21|24|27|28|29|2A|2C|3B)/gi

export function withReservedDecoded(url: string): string {
  return url.replace(RESERVED, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
}
