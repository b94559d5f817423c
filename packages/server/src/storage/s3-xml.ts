/**
 * Reads the few answers of an S3 storage that are XML. No parser: what is not written as every S3 writes it is not read,
 * so that nothing is made of a page that a gateway put there.
 */
import type { ListAnswer, ListedObject } from './storage.ts'

/** Null: not such an answer, or it does not say this. */
export function readAnswerText(body: Buffer, root: string, name: string): string | null {
  const inside = insideOf(body, root)
  return inside === null ? null : textOf(inside, name)
}

export function readListing(body: Buffer): ListAnswer {
  const inside = insideOf(body, 'ListBucketResult')
  if (inside === null) return unreadable('it is no list of objects')
  const isEncoded = textOf(inside, 'EncodingType') === 'url'
  const objects: ListedObject[] = []
  for (const [, entry = ''] of inside.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
    const key = textOf(entry, 'Key')
    const size = textOf(entry, 'Size')
    const name = key === null ? null : isEncoded ? decoded(key) : key
    if (name === null || size === null || !/^\d+$/.test(size)) return unreadable('an object has no name or no size')
    objects.push({ key: name, storedBytes: Number(size) })
  }
  const next = textOf(inside, 'NextContinuationToken')
  const isTruncated = textOf(inside, 'IsTruncated') === 'true'
  if (isTruncated && next === null) return unreadable('it is cut off, and does not say how to go on')
  return { kind: 'listed', objects, next: isTruncated ? next : null }
}

function unreadable(what: string): ListAnswer {
  return { kind: 'unavailable', reason: `the storage answered a list that cannot be read: ${what}` }
}

/** Whole, and with nothing in it that could mean something else than it looks like. */
function insideOf(body: Buffer, root: string): string | null {
  const xml = body.toString('utf8').trim()
  if (/<!|<\?(?!xml[ ?])/.test(xml)) return null
  const match = new RegExp(`^(?:<\\?xml[^>]*\\?>\\s*)?<${root}(?:\\s[^<>]*)?>(.*)</${root}>$`, 's').exec(xml)
  return match?.[1] ?? null
}

/** The first element of this name that holds nothing but text. */
function textOf(xml: string, name: string): string | null {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  return text === undefined ? null : unescaped(text)
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi, (all, hex, decimal, name) => {
    if (typeof name === 'string') return entities[name.toLowerCase()] ?? all
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : all
  })
}

function decoded(key: string): string | null {
  try {
    return decodeURIComponent(key.replace(/\+/g, '%20'))
  } catch {
    return null
  }
}
