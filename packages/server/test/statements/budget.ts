/**
 * What the usual ways through Becket may ask of the database, in statements, each transaction's beginning and end counted.
 * `docs/reference/statements.md` tells the same numbers.
 */
export const budget = {
  /** Made, run and done, by itself. */
  'a plain job': 2,
  /** As many, asked for at the same time. */
  'a hundred plain jobs': 8,
  /** From the call that registers it to its answer. */
  'an expectation is registered': 7,
  'an expectation is dispatched': 9,
  /** From its arrival until the expectation is settled. */
  'a callback settles it': 9,
  /** By the lane: stored before, claimed and worked on at the same time. */
  'a hundred callbacks are matched': 21,
  /** From the call that registers it until it is complete, with its upload and its callback. */
  'a document of three pieces': 86,
} as const

export type Way = keyof typeof budget
