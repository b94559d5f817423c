/** What a signature is judged by, and what the judgement is. */

export interface SignedRequest {
  method: string
  /** As the provider called it: public origin, path and query, byte for byte. */
  url: string
  /** Lower-case names. */
  headers: Record<string, string>
  /** As they came, to tell a header that came twice from one whose value has a comma. */
  rawHeaders: readonly (readonly [string, string])[]
  body: Buffer
}

export type SignatureVerdict = { verdict: 'verified' } | { verdict: 'unsigned' | 'refused'; reason: string }
