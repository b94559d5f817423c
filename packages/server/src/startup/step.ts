/** One step of a start: what `core/startup.ts` decides by, and how it is carried out. */
import type { StepPlan } from '../core/startup.ts'

export interface Step extends StepPlan {
  /** How long one try may take. */
  timeLimitMs: number
  /** Brings it up; may be called again after it failed. Absent: there is nothing of ours to bring up. */
  start?(signal: AbortSignal): Promise<void>
  /** Throws unless it holds now; comes after `start`. */
  test?(signal: AbortSignal): Promise<void>
  /** What to do when it fails and the failure itself does not say. */
  remedy: string
}
