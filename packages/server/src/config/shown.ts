/** How a value is shown: the rows of `becket config`. */

/** Of one length, whatever it hides. */
export const MASK = '********'

export interface ShownOption {
  path: string
  /** Null: not set. */
  value: string | null
  origin: string
}
