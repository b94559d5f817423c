/** Reads templates of what is signed, such as `{timestamp}.{body}`. Fills nothing in; see `message.ts`. */

export type Piece = { text: string } | { part: string }

/** The parts that a request itself has; `{timestamp}` and `{header:…}` come from headers. */
export const requestParts = ['body', 'bodySha256', 'method', 'url', 'path'] as const

const PART = /\{([A-Za-z0-9_-]+(?::[A-Za-z0-9!#$%&'*+.^_`|~-]+)?)\}/
const HEADER = 'header:'

export function piecesOf(template: string): Piece[] {
  return template
    .split(PART)
    .map((piece, index) => (index % 2 === 0 ? { text: piece } : { part: piece }))
    .filter((piece) => !('text' in piece) || piece.text !== '')
}

/** `{header:x-id}`: the header by the name of its part. */
export function headerParts(template: string): Record<string, string> {
  const parts = piecesOf(template).flatMap((piece) => ('part' in piece ? [piece.part] : []))
  const named = parts.filter((part) => part.startsWith(HEADER))
  return Object.fromEntries(named.map((part) => [part, part.slice(HEADER.length).toLowerCase()]))
}

export type TemplateFault =
  | { kind: 'unknown-part'; part: string }
  /** Nothing of the body is signed: anybody could send another. */
  | { kind: 'no-body' }
  /** The time is not signed: anybody could make an old callback new. */
  | { kind: 'time-not-signed' }
  /** The time is signed, and nothing says where it stands. */
  | { kind: 'time-nowhere' }
  /** Two parts of any length touch: what is signed could be cut elsewhere. */
  | { kind: 'touching'; left: string; right: string }

export function faultOfTemplate(template: string, hasTime: boolean): TemplateFault | undefined {
  const pieces = piecesOf(template)
  const parts = pieces.flatMap((piece) => ('part' in piece ? [piece.part] : []))
  const unknown = parts.find((part) => part !== 'timestamp' && !isRequestPart(part) && !part.startsWith(HEADER))
  if (unknown !== undefined) return { kind: 'unknown-part', part: unknown }
  if (!parts.some((part) => part === 'body' || part === 'bodySha256')) return { kind: 'no-body' }
  if (hasTime !== parts.includes('timestamp')) return { kind: hasTime ? 'time-not-signed' : 'time-nowhere' }
  for (const [index, piece] of pieces.entries()) {
    const next = pieces[index + 1]
    if (next === undefined || !('part' in piece) || !('part' in next)) continue
    // Next to a header nothing can be told apart; a timestamp has digits only, and the URL is known to us.
    if (piece.part.startsWith(HEADER) || next.part.startsWith(HEADER)) {
      return { kind: 'touching', left: piece.part, right: next.part }
    }
  }
  return undefined
}

function isRequestPart(part: string): boolean {
  return requestParts.some((known) => known === part)
}
