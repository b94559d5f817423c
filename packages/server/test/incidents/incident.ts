/** One incident of the catalogue: what it was, and what would have told it. */

export interface Caught {
  /** A check of the doctor or of a running system, an error code, or the part that refuses. */
  check: string
  /** `file › a name in it`; the file below `packages/server/test/`. */
  test: string
}

export interface Incident {
  id: string
  title: string
  /** As the first users sorted it; several where it was several. */
  class: string
  outcome: { caughtBy: readonly Caught[] } | { notOurs: string }
}
