/** Puts together what was signed: the parts of a request in a template's order, as the bytes that a provider saw. */
import { createHash } from 'node:crypto'
import type { SignedRequest } from './request.ts'
import { type Piece, piecesOf } from './template.ts'
import { pathOf, withoutPort, withPort, withReservedDecoded } from './url-forms.ts'

/** Texts from headers, by the names that templates know them by. */
export type PartValues = Readonly<Record<string, string>>

type Part = Buffer | { refusal: string }

/** One list of chunks per template; a text says why the request cannot have been signed like this. */
export function messagesOf(
  templates: readonly string[],
  request: SignedRequest,
  values: PartValues,
): Buffer[][] | string {
  const messages: Buffer[][] = []
  for (const template of templates) {
    const pieces = piecesOf(template)
    const ambiguous = ambiguityOf(pieces, values)
    if (ambiguous !== undefined) return ambiguous
    const chunks: Buffer[] = []
    for (const piece of pieces) {
      const chunk = 'text' in piece ? Buffer.from(piece.text, 'utf8') : partOf(piece.part, request, values)
      if (!Buffer.isBuffer(chunk)) return chunk.refusal
      chunks.push(chunk)
    }
    messages.push(chunks)
  }
  return messages
}

function partOf(name: string, request: SignedRequest, values: PartValues): Part {
  switch (name) {
    case 'body':
      return request.body
    case 'bodySha256':
      return Buffer.from(sha256Hex(request.body))
    case 'method':
      return Buffer.from(request.method)
    case 'url':
      return Buffer.from(request.url, 'latin1')
    case 'urlWithPort':
      return Buffer.from(withPort(request.url), 'latin1')
    case 'urlWithoutPort':
      return Buffer.from(withoutPort(request.url), 'latin1')
    case 'urlDecoded':
      return Buffer.from(withReservedDecoded(request.url), 'latin1')
    case 'path':
      return Buffer.from(pathOf(request.url), 'latin1')
    case 'form':
      return formOf(request)
    default:
      // Header values are bytes that HTTP reads as latin1: so they are given back.
      return Buffer.from((Object.hasOwn(values, name) ? values[name] : undefined) ?? '', 'latin1')
  }
}

/**
 * A header's value that holds the mark beside it would let a genuine message be cut elsewhere: `id.time` and `body`
 * against `id` and `time.body`.
 */
function ambiguityOf(pieces: readonly Piece[], values: PartValues): string | undefined {
  for (const [index, piece] of pieces.entries()) {
    if (!('part' in piece) || piece.part === 'timestamp' || !Object.hasOwn(values, piece.part)) continue
    const value = values[piece.part] ?? ''
    const name = piece.part.replace(/^header:/, '')
    const [twoBefore, before, after, twoAfter] = [-2, -1, 1, 2].map((distance) => pieces[index + distance])
    const ending = textOf(after)
    if (ending !== undefined && isTime(twoAfter)) {
      // A timestamp is digits: only a value that ends like one can be mistaken.
      const tail = value.replace(/\d+$/, '')
      if (tail !== value && tail.endsWith(ending)) return `the ${name} ends like a timestamp`
    } else if (ending !== undefined && twoAfter !== undefined && value.includes(ending)) {
      return `the ${name} holds the mark that ends it`
    }
    const beginning = textOf(before)
    if (beginning !== undefined && twoBefore !== undefined && !isTime(twoBefore) && value.includes(beginning)) {
      return `the ${name} holds the mark that begins it`
    }
  }
  return undefined
}

const textOf = (piece: Piece | undefined) => (piece !== undefined && 'text' in piece ? piece.text : undefined)

const isTime = (piece: Piece | undefined) => piece !== undefined && 'part' in piece && piece.part === 'timestamp'

/** Sorted by name, each name once with its different values sorted: what Twilio signs of a form. */
function formOf({ url, headers, body }: SignedRequest): Part {
  const promised = /[?&]bodySHA256=([0-9a-f]+)/i.exec(url)?.[1]
  if (promised !== undefined) {
    if (promised.toLowerCase() === sha256Hex(body)) return Buffer.alloc(0)
    return { refusal: 'the body is not the one that bodySHA256 in the URL names' }
  }
  if (body.length === 0) return Buffer.alloc(0)
  const type = Object.hasOwn(headers, 'content-type') ? (headers['content-type'] ?? '') : ''
  if (!/^\s*application\/x-www-form-urlencoded\s*(;|$)/i.test(type)) {
    return { refusal: 'nothing signs the body: it is no form, and the URL has no bodySHA256' }
  }
  const fields = new Map<string, Set<string>>()
  for (const [name, value] of new URLSearchParams(body.toString('utf8'))) {
    fields.set(name, (fields.get(name) ?? new Set()).add(value))
  }
  const sorted = [...fields.keys()].sort()
  return Buffer.from(
    sorted.flatMap((name) => [...(fields.get(name) ?? [])].sort().map((value) => name + value)).join(''),
  )
}

function sha256Hex(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
