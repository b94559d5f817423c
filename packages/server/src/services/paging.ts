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

export function time(value: Date | number): string {
  return new Date(value).toISOString()
}

export function timeOrNull(value: Date | number | null): string | null {
  return value === null ? null : time(value)
}
