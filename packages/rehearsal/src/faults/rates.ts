/** How often a fault strikes, as every operation writes it: the parts that the schemas of `faults.ts` are made of. */
import { z } from 'zod'

export const often = {
  /** The share of all attempts that it befalls; 1: all. */
  rate: z.number().min(0).max(1).default(1),
  /** Only the first so many attempts on the same work can be befallen; later ones are spared. */
  attempts: z.int().positive().optional(),
}
/** Faults of a submit pass by default when the caller tries again, as an overload does. */
export const passing = { ...often, attempts: z.int().positive().default(1) }

export const plain = z.strictObject(often)
export const serverStatus = z.union([z.literal(500), z.literal(502), z.literal(503), z.literal(504)]).default(503)
