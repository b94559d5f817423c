/** What may go wrong with a table: with Airtable's records, and with the attachments that it fetches by itself. */
import { z } from 'zod'
import { distributionSchema } from './distribution.ts'
import { often, passing, plain } from './rates.ts'

const asFault = z.strictObject(passing)

export const airtableSchema = z.strictObject({
  /** How long an answer takes. */
  delay: distributionSchema.optional(),
  /** 429, and the lockout that follows, as if the limit had been passed. */
  throttle: asFault.optional(),
  /** 500 before anything is written. */
  error500: asFault.optional(),
  /** Written, and the answer never comes: the connection is cut. */
  dropAfterWrite: asFault.optional(),
  /** An attachment is fetched only after `by`. */
  slowAttachment: z.strictObject({ ...often, by: distributionSchema.prefault(5000) }).optional(),
  /** An attachment is never fetched, although its address is good. */
  deadAttachment: plain.optional(),
  /**
   * Between an upsert's look at the table and its write, `gapMs` pass: another upsert of the same key makes a twin. Whether
   * the real one does so is documented nowhere.
   */
  upsertTwins: z.strictObject({ ...often, gapMs: z.number().nonnegative().max(60_000).default(100) }).optional(),
})
