/**
 * Climbs the rungs of a probe in order. Where one does not hold, those above it were not asked, and are unknown: never
 * pass. A rung that fails and can be stepped over (`goesOn`) is a finding, and what is above it is still asked.
 */
import type { CheckCode } from '../../core/doctor/checks.ts'
import { type ProbeReport, type Seen, unknown } from './report.ts'
import type { Scrub } from './scrub.ts'
import { within } from './time-limit.ts'

export interface Rung {
  name: string
  /** The check that it answers where it does not say otherwise. */
  code: CheckCode
  limitMs: number
  /** What it means that the time was over. */
  late: Seen
  ask(signal: AbortSignal): Promise<Answer>
}

/** `goesOn`: the rungs above can be asked although this one does not hold. */
export type Answer = Seen & { goesOn?: boolean; more?: readonly Seen[] }

export interface Climb {
  reports: ProbeReport[]
  /** Each rung was asked, and none that stops the way failed. */
  reachedTop: boolean
}

export async function climb(
  target: string,
  rungs: readonly Rung[],
  { scrub, signal }: { scrub: Scrub; signal: AbortSignal },
): Promise<Climb> {
  const reports: ProbeReport[] = []
  let stoppedBy: string | null = null
  for (const rung of rungs) {
    const startedMs = performance.now()
    const answer: Answer = stoppedBy === null ? await ask(rung, signal) : unknown(stoppedBy)
    const tookMs = Math.round(performance.now() - startedMs)
    for (const seen of [answer, ...(answer.more ?? [])]) {
      reports.push(reportOf(target, rung, seen, tookMs, scrub))
    }
    if (stoppedBy === null && answer.status !== 'pass' && answer.goesOn !== true) {
      stoppedBy = `not asked: ${rung.name} ${answer.status === 'fail' ? 'failed' : 'was not answered'}`
    }
  }
  return { reports, reachedTop: stoppedBy === null }
}

async function ask(rung: Rung, signal: AbortSignal): Promise<Answer> {
  try {
    const answer = await within(rung.limitMs, signal, rung.ask)
    if (answer.kind === 'done') return answer.value
    return answer.kind === 'late' ? rung.late : unknown('not answered: the time of the examination was over')
  } catch (error) {
    // What a rung foresees is a value; this is not. It proves nothing, and must not hide what the others found.
    return unknown(`it broke off: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function reportOf(target: string, rung: Rung, seen: Seen, tookMs: number, scrub: Scrub): ProbeReport {
  return {
    target,
    rung: rung.name,
    status: seen.status,
    code: seen.code ?? rung.code,
    evidence: scrub(seen.evidence),
    remedy: seen.remedy === undefined ? null : scrub(seen.remedy),
    tookMs,
  }
}
