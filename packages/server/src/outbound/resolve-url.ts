/** Finds the whole address of a request: absolute as it is, or a path below the source's `baseUrl`. Judges nothing. */

/**
 * `baseUrl` may carry a path (`https://gateway.example/openai`). Where its end repeats the path's beginning
 * (`…/v1` and `/v1/embeddings`), it is written once: people configure such addresses both ways.
 */
export function resolveUrl(url: string, base: URL | null): URL | null {
  const resolved = url.startsWith('/') ? joinPath(url, base) : parse(url)
  if (resolved !== null) resolved.hash = ''
  return resolved
}

function joinPath(path: string, base: URL | null): URL | null {
  if (base === null) return null
  const prefix = base.pathname.replace(/\/+$/, '')
  const first = /^\/[^/?#]*/.exec(path)?.[0] ?? ''
  const isRepeated = first.length > 1 && prefix.endsWith(first)
  return parse(`${base.origin}${isRepeated ? prefix.slice(0, -first.length) : prefix}${path}`)
}

function parse(url: string): URL | null {
  return URL.canParse(url) ? new URL(url) : null
}
