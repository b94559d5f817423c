/** What is noted between writing a row and seeing that Airtable has its attachments. Ages are those of the delivery. Pure. */
import { z } from 'zod'
import type { Delivery } from '../sink.ts'
import type { Enclosure } from './row.ts'
import type { TableRecord } from './table.ts'

const memorySchema = z.object({
  recordId: z.string(),
  twins: z.array(z.string()),
  /** Fields whose files are sent, not linked to. */
  uploads: z.array(z.string()),
  /** How old the delivery was when its attachments were written first. */
  sinceMs: z.number(),
  /** How old it was when they were given the addresses that they have now. */
  linkedMs: z.number(),
  looks: z.number(),
})
export type Memory = z.output<typeof memorySchema>

/** Null: the row is still to be written. */
export function memoryOf({ memory }: Delivery): Memory | null {
  const parsed = memorySchema.safeParse(memory)
  return parsed.success ? parsed.data : null
}

const FIRST_LOOK_MS = 5_000
// 10 min: a file that took an hour is seen soon enough, and a hundred that wait cost ten requests in that time.
const LONGEST_LOOK_MS = 600_000

export function nextLookMs(looks: number): number {
  return Math.min(LONGEST_LOOK_MS, FIRST_LOOK_MS * 2 ** Math.min(looks, 10))
}

// 1 h: what Airtable has not fetched by then it fetches when it is written anew. Links live for two hours at least, so
// that none is ever left with less than one.
const RELINK_MS = 3_600_000

export type AttachmentStanding =
  | { kind: 'attached'; files: number }
  /** Airtable has them in its list and not in its hands. */
  | { kind: 'fetching'; fields: string[] }
  /** Airtable dropped them, or seems to have given them up: they are to be written again, with fresh addresses. */
  | { kind: 'lost'; fields: string[] }

const attachmentSchema = z.array(z.object({ size: z.number().nullish(), type: z.string().nullish() }))

export function judgeAttachments(
  record: TableRecord,
  wanted: Readonly<Record<string, readonly Enclosure[]>>,
  linkAgeMs: number,
): AttachmentStanding {
  const lost: string[] = []
  const fetching: string[] = []
  for (const [field, files] of Object.entries(wanted)) {
    const parsed = attachmentSchema.safeParse(record.fields[field] ?? [])
    const present = parsed.success ? parsed.data : []
    const whole = present.filter(({ size, type }) => typeof size === 'number' && size > 0 && typeof type === 'string')
    if (whole.length >= files.length) continue
    if (present.length < files.length || linkAgeMs > RELINK_MS) lost.push(field)
    else fetching.push(field)
  }
  if (lost.length > 0) return { kind: 'lost', fields: [...lost, ...fetching] }
  if (fetching.length > 0) return { kind: 'fetching', fields: fetching }
  return { kind: 'attached', files: Object.values(wanted).flat().length }
}
