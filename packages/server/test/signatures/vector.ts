/** A request that a scheme has to verify, and where its signature comes from. */
import type { SignedRequest } from '../../src/core/signature/request.ts'
import type { VerifyConfig } from '../../src/core/signature/verify-config.ts'

export interface Vector {
  verify: Exclude<VerifyConfig, { scheme: 'none' }>
  headers: Readonly<Record<string, string>>
  body: string
  method?: string
  url?: string
  /** When it is judged. */
  nowMs: number
  /** Who made it, or who accepted it. */
  source: string
}

/** The time of every vector that was made here. */
export const NOW_MS = 1_700_000_000_000
export const BODY = '{"id":"o-1","status":"done","title":"Grüße ✓"}'
export const ORIGIN = 'https://becket.example.org'

export function requestOf(vector: Vector): SignedRequest {
  return requestWith(vector, Object.entries(vector.headers))
}

/** Headers as pairs, so that one can come twice; joined as Node joins them. */
export function requestWith(
  { method = 'POST', url = `${ORIGIN}/in/orders`, body }: Pick<Vector, 'method' | 'url' | 'body'>,
  rawHeaders: readonly (readonly [string, string])[],
): SignedRequest {
  const headers: Record<string, string> = {}
  for (const [name, value] of rawHeaders) {
    const key = name.toLowerCase()
    headers[key] = key in headers ? `${headers[key]}, ${value}` : value
  }
  return { method, url, headers, rawHeaders, body: Buffer.from(body) }
}
