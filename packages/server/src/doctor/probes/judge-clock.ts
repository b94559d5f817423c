/** Whether this machine's clock agrees with another one. Pure. */
import { describeDuration } from '../../core/duration.ts'
import { fail, pass, type Seen, unknown } from './report.ts'

export interface ClockReading {
  /** Whose clock: `the database`, `source orders`. */
  of: string
  /** How far it is ahead of ours. */
  skewMs: number
  /** How far off that may be: half the time that asking took, and the unit that it tells. */
  uncertaintyMs: number
}

// 60 s: the shortest time for which anything is good that is signed here or checked here.
const CLOCK_TOLERANCE_MS = 60_000

export function judgeClock({ of, skewMs, uncertaintyMs }: ClockReading, toleranceMs = CLOCK_TOLERANCE_MS): Seen {
  const off = Math.abs(skewMs)
  const told = `${of} is ${describeDuration(off < 1_000 ? off : Math.round(off / 1_000) * 1_000)} ${skewMs > 0 ? 'ahead of' : 'behind'} this machine`
  if (off - uncertaintyMs > toleranceMs) {
    const remedy =
      'Synchronise the clock of this machine (chrony, systemd-timesyncd), or of the other one if several agree with this.'
    return fail('CLK01', `${told}; signatures are good for ${describeDuration(toleranceMs)}`, remedy)
  }
  if (off + uncertaintyMs > toleranceMs) return unknown(`the answer of ${of} took too long to tell its time by`)
  return pass(`${of} agrees with this machine within ${describeDuration(Math.max(1, Math.ceil(off + uncertaintyMs)))}`)
}
