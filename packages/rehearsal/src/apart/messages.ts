/** What the rehearsal's own process and the one that started it say to each other. */
import { z } from 'zod'
import type { AirtableRow } from '../airtable/airtable.ts'
import type { FaultsChange } from '../faults/change-faults.ts'
import type { Entry } from '../ledger/ledger.ts'
import type { RehearsalAddresses, RehearsalOptions } from '../rehearsal.ts'

/** What can be told to another process: no functions. */
export type ApartOptions = Omit<RehearsalOptions, 'log' | 'now'>

// Both ends are of one release and one machine: which message it is gets checked, not every field of it.
const anObject = (value: unknown) => typeof value === 'object' && value !== null

export const orderSchema = z.discriminatedUnion('order', [
  z.object({ order: z.literal('start'), options: z.custom<ApartOptions>(anObject) }),
  z.object({ order: z.literal('report') }),
  z.object({ order: z.literal('change'), faults: z.custom<FaultsChange>(anObject) }),
])
export type Order = z.infer<typeof orderSchema>

export const answerSchema = z.discriminatedUnion('order', [
  z.object({ order: z.literal('start'), addresses: z.custom<RehearsalAddresses>(anObject) }),
  z.object({
    order: z.literal('report'),
    entries: z.array(z.custom<Entry>(anObject)),
    rows: z.array(z.custom<AirtableRow>(anObject)),
    memoryBytes: z.number(),
  }),
  z.object({ order: z.literal('change') }),
  z.object({ order: z.literal('failed'), reason: z.string() }),
])
export type Answer = z.infer<typeof answerSchema>
