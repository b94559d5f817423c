/**
 * Jobs that a process has just written, or read with their claim, and works on itself next: whoever has the wakeup need
 * not read the row. Only a short cut in memory; that nobody has moved the job since is proven by its version when its next move is written.
 */
import type { JobRow } from './jobs.ts'
import type { Claim, Taker } from './wakeups.ts'

const handed = new WeakMap<Claim, JobRow>()

export function handJob(claim: Claim, job: JobRow): void {
  handed.set(claim, job)
}

/** Once: a second look must see what the first one did. */
export function takeHandedJob(claim: Claim): JobRow | null {
  const job = handed.get(claim) ?? null
  handed.delete(claim)
  return job
}

/** A taker that hands the job over with its wakeup. */
export function handing(taker: Taker, job: JobRow): Taker {
  return {
    ...taker,
    took(claim) {
      handJob(claim, job)
      taker.took(claim)
    },
  }
}
