/** Writes an id into a URL's path so that it stays one segment, whatever it contains. */

/** Null for what cannot be a segment: nothing, or dots, which climb out of the path. */
export function pathSegment(id: string): string | null {
  if (id === '' || id === '.' || id === '..') return null
  try {
    return encodeURIComponent(id)
  } catch {
    // A lone surrogate has no UTF-8.
    return null
  }
}
