/** How lists are asked for and answered: newest first, a cursor to go on. There are no page numbers and no totals. */
import { z } from 'zod'
import { text } from './text.ts'

export const MAX_PAGE = 200

/** A query parameter that may be given several times or as a list with commas: `state=waiting,unconfirmed`. */
export function several<Item extends z.ZodType>(item: Item) {
  return z.preprocess(
    (value) =>
      (Array.isArray(value) ? value : [value]).flatMap((part) => (typeof part === 'string' ? part.split(',') : [part])),
    z.array(item).min(1).max(20),
  )
}

/** `true` or `false` in a query. */
export const flagSchema = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean('Expected true or false'),
)

export const pageQueryShape = {
  cursor: text(500).optional().describe('`nextCursor` of the page before'),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50).describe('How many at most, 1 to 200'),
}

export const pageQuerySchema = z.strictObject(pageQueryShape)
export type PageQuery = z.output<typeof pageQuerySchema>

/** One page of a list. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item).describe('Newest first'),
    nextCursor: z.string().nullable().describe('Ask for the next page with it; null at the end'),
  })
}

export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
}
