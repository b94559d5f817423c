/** The option by which a sink gets only some types of results. */
import { type Result, resultTypes } from '@becket/client/contract'
import { option } from '../config/option.ts'
import { choice, list } from '../config/scalar.ts'
import type { DeliveryAnswer } from '../core/delivery.ts'

export const typesOption = () =>
  option(list(choice(resultTypes), 'a list of types of results').prefault([...resultTypes]), {
    description: 'Which results it gets; others count as delivered.',
    absent: 'all',
  })

export function isWanted(result: Result, { types }: { types: readonly string[] }): boolean {
  return types.includes(result.type)
}

/** What is said of a result that this sink does not get. */
export const skipped: DeliveryAnswer = { kind: 'delivered', receipt: { skipped: true } }
