/** `?wait=30s`: the request is answered when the subject has ended, or after that long, whichever comes first. */
import { z } from 'zod'
import { durationSchema } from './duration.ts'

/** 60 s: what the usual proxies let a request take. */
export const MAX_WAIT_MS = 60_000

export const waitSchema = durationSchema.refine((ms) => ms <= MAX_WAIT_MS, 'At most 60s; ask again to wait longer')

export const waitQuerySchema = z.strictObject({
  wait: waitSchema
    .optional()
    .describe('How long to wait for the end before answering with the present state; at most 60s'),
})
