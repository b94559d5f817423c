/** A job of somebody else's table that has waited for too long, as every reader gives it. Nothing is made up: what the row has not is null. */

export interface StuckJob {
  /** Their own id of it. */
  id: string
  /** As it is written there. */
  type: string | null
  status: string
  /** The provider's id. */
  externalId: string | null
  /** When it was handed in, or made where nobody wrote that down; milliseconds since 1970. */
  sinceMs: number
  /** What the address of an artifact may be made of, by column or field. */
  facts: Readonly<Record<string, string>>
  /** Why nothing of it can be waited for, where the row itself says so. */
  obstacle: string | null
}

export interface StuckJobs {
  jobs: StuckJob[]
  /** There are more than were read. */
  isMore: boolean
}
