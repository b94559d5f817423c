/** One page of what lies in a bucket, in the order of the keys: ListObjectsV2 without its wire format. Pure. */
import type { ObjectVersion } from '../storage/objects.ts'

export interface Listing {
  prefix: string
  maxKeys: number
  objects: [key: string, version: ObjectVersion][]
  /** Keys up to the delimiter that they share. */
  commonPrefixes: string[]
  /** Where the next page begins; null: this is the last. */
  next: string | null
}

const MOST_KEYS = 1000

/** Null: a parameter cannot be read. */
export function listObjects(all: readonly [string, ObjectVersion][], query: URLSearchParams): Listing | null {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const asked = query.get('max-keys') ?? String(MOST_KEYS)
  if (!/^\d{1,9}$/.test(asked)) return null
  const maxKeys = Math.min(Number(asked), MOST_KEYS)
  const token = query.get('continuation-token')
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString('utf8')

  const listing: Listing = { prefix, maxKeys, objects: [], commonPrefixes: [], next: null }
  let last = ''
  for (const [key, version] of all.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    if (!key.startsWith(prefix) || key <= after) continue
    const group = groupOf(key, prefix, delimiter)
    // A page may end in the middle of a group; the next one does not name it again.
    if (group !== null && (group === last || after.startsWith(group))) continue
    if (listing.objects.length + listing.commonPrefixes.length >= maxKeys) {
      listing.next = last === '' ? null : Buffer.from(last, 'utf8').toString('base64url')
      break
    }
    if (group === null) listing.objects.push([key, version])
    else listing.commonPrefixes.push(group)
    last = group ?? key
  }
  return listing
}

function groupOf(key: string, prefix: string, delimiter: string): string | null {
  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
  return end < 0 ? null : key.slice(0, end + delimiter.length)
}
