/** Reads a `Range` header of one range of bytes. Knows no lists of ranges. */

interface Range {
  first: number
  last: number
}

/** Null: not a range that is understood, so the whole is sent. */
export function readRange(range: string, size: number): Range | 'unsatisfiable' | null {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  if (from === '' && to === '') return null
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  return first > last ? 'unsatisfiable' : { first, last }
}
