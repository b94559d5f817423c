/**
 * What one step of a probe found out. Pass only where it was seen to work: what was not asked, or did not answer the
 * question, is unknown. Holds no secret; see `scrub.ts`.
 */
import type { CheckCode } from '../../core/doctor/checks.ts'

export type ProbeStatus = 'pass' | 'fail' | 'unknown'

export interface ProbeReport {
  /** What was probed: `database`, `candidate 1`, `storage`, `source orders`. */
  target: string
  rung: string
  status: ProbeStatus
  /** The check that it answers. */
  code: CheckCode
  /** What was seen. */
  evidence: string
  /** What to do; null where nothing needs doing. */
  remedy: string | null
  tookMs: number
}

/** What a step says of itself; who runs it adds the rest. */
export interface Seen {
  status: ProbeStatus
  code?: CheckCode
  evidence: string
  remedy?: string
}

export const pass = (evidence: string): Seen => ({ status: 'pass', evidence })

export const fail = (code: CheckCode, evidence: string, remedy: string): Seen => ({
  status: 'fail',
  code,
  evidence,
  remedy,
})

export const unknown = (evidence: string, remedy?: string): Seen => ({
  status: 'unknown',
  evidence,
  ...(remedy !== undefined && { remedy }),
})
