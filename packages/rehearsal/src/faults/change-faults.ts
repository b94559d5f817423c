/** Changes some faults and leaves the others as they are: for what goes wrong for a while. Pure. */
import type { FaultsInput } from './faults.ts'

/** What is named is set; null takes it away. */
export type FaultsChange = {
  [Operation in keyof FaultsInput]?: {
    [Name in keyof NonNullable<FaultsInput[Operation]>]?: NonNullable<FaultsInput[Operation]>[Name] | null
  }
}

export function changeFaults(current: FaultsInput, change: FaultsChange): FaultsInput {
  // By what is named, so that an operation that does not exist is not dropped in silence.
  return Object.fromEntries(
    Object.entries({ ...current, ...change }).map(([operation]) => [
      operation,
      merge(Object.entries(current), Object.entries(change), operation),
    ]),
  )
}

type Named = [operation: string, faults: object | undefined][]

function merge(current: Named, change: Named, operation: string) {
  const of = (named: Named) => named.find(([name]) => name === operation)?.[1]
  const merged = Object.entries({ ...of(current), ...of(change) })
  return Object.fromEntries(merged.filter(([, fault]) => fault !== null))
}
