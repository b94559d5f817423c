/** Pages by id: newest first, and the cursor is the last id that was shown. */
import type { Page } from '@becket/client/contract'

export function pageOf<Row extends { id: string }, Item>(
  rows: readonly Row[],
  limit: number,
  show: (row: Row) => Item,
): Page<Item> {
  const last = rows.length < limit ? undefined : rows.at(-1)
  return { items: rows.map(show), nextCursor: last?.id ?? null }
}

// 100: the times of what is under way lie in the seconds around now and around a few deadlines.
const REMEMBERED = 100
const seconds = new Map<number, string>()

/** In UTC, to the millisecond. The calendar of a second is written once: an answer has up to ten times, and most share one. */
export function time(value: Date | number): string {
  const ms = Math.trunc(typeof value === 'number' ? value : value.getTime())
  const second = Math.floor(ms / 1_000)
  let written = seconds.get(second)
  if (written === undefined) {
    written = new Date(second * 1_000).toISOString().slice(0, -'000Z'.length)
    if (seconds.size >= REMEMBERED) seconds.clear()
    seconds.set(second, written)
  }
  return `${written}${String(ms - second * 1_000).padStart(3, '0')}Z`
}

export function timeOrNull(value: Date | number | null): string | null {
  return value === null ? null : time(value)
}
