/** What an object may be called: names that every file system and every URL carries unchanged, and nothing that climbs out. */

// 200: with the ending of a temporary file it stays below the 255 bytes that file systems allow.
const SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/
const MAX_LENGTH = 900

export function isObjectKey(key: string): boolean {
  return key.length <= MAX_LENGTH && key.split('/').every((segment) => SEGMENT.test(segment))
}

/** Keys are made by us from ids, never by a user: a bad one is a bug. */
export function assertObjectKey(key: string): void {
  if (isObjectKey(key)) return
  throw new TypeError(
    `${JSON.stringify(key.slice(0, 200))} cannot name an object: use segments of letters, digits, ".", "_" and "-", ` +
      'joined by "/", none of them starting with "."',
  )
}
