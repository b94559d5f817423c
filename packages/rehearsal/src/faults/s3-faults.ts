/** What may go wrong with a bucket that speaks S3. */
import { z } from 'zod'
import { distributionSchema } from './distribution.ts'
import { often, passing, plain } from './rates.ts'

const s3Operation = z.enum(['put', 'get', 'head', 'delete', 'list'])
const on = z
  .array(s3Operation)
  .min(1)
  .default([...s3Operation.options])

export const s3Schema = z.strictObject({
  /** How long an answer takes. */
  delay: distributionSchema.optional(),
  /** 503 SlowDown, as DigitalOcean Spaces throttles: without a body in answer to HEAD. */
  slowDown: z.strictObject({ ...passing, on }).optional(),
  /** What is missing is 403 instead of 404: the key may not list the bucket. */
  missingForbidden: plain.optional(),
  /** What was put is seen only after `by`; until then it is missing, or the former version is read. */
  visibleLate: z.strictObject({ ...often, by: distributionSchema.prefault(1000) }).optional(),
  /** A look or a read finds the object with no bytes in it. */
  emptyRead: z.strictObject(passing).optional(),
  hang: z.strictObject({ ...passing, on }).optional(),
})

export type S3Operation = z.output<typeof s3Operation>
