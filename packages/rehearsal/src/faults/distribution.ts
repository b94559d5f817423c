/** How long something takes, in milliseconds, as a distribution that a seeded throw picks from. */
import { z } from 'zod'

const ms = z.number().nonnegative().max(86_400_000)

export const distributionSchema = z.union([
  ms.transform((value) => ({ kind: 'fixed' as const, ms: value })),
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('fixed'), ms }),
    z
      .strictObject({ kind: z.literal('uniform'), minMs: ms, maxMs: ms })
      .refine(({ minMs, maxMs }) => minMs <= maxMs, { message: '`minMs` must not exceed `maxMs`' }),
    z.strictObject({
      kind: z.literal('lognormal'),
      /** Half of the throws are under this. */
      medianMs: ms,
      /** Spread of the logarithm: 0.5 is calm, 1.5 has a long tail. */
      sigma: z.number().nonnegative().max(5),
      maxMs: ms.optional(),
    }),
  ]),
])

/** As it may be written: a number stands for a fixed time. */
export type DistributionInput = z.input<typeof distributionSchema>
export type Distribution = z.output<typeof distributionSchema>

/** `throws` are independent, each in [0, 1). */
export function sampleMs(distribution: Distribution, throws: readonly [number, number]): number {
  switch (distribution.kind) {
    case 'fixed':
      return distribution.ms
    case 'uniform':
      return Math.round(distribution.minMs + throws[0] * (distribution.maxMs - distribution.minMs))
    case 'lognormal': {
      // Box and Muller: two uniform throws make one normal. 1 - u keeps the logarithm away from zero.
      const normal = Math.sqrt(-2 * Math.log(1 - throws[0])) * Math.cos(2 * Math.PI * throws[1])
      const drawn = Math.round(distribution.medianMs * Math.exp(distribution.sigma * normal))
      return Math.min(drawn, distribution.maxMs ?? 86_400_000)
    }
    default:
      throw distribution satisfies never
  }
}
