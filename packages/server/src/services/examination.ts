/**
 * The server examines itself, from where it stands: whether every role is there and agrees with the others, and whether
 * work gets through. What is tried leaves nothing open behind. Keeps nothing; see `findings.ts`.
 */
import type { DoctorStep, FindingSeverity, StartDoctorRun } from '@becket/client/contract'
import type { CheckCode } from '../core/doctor/checks.ts'
import { anyCheckOf, type RunningCheckCode } from '../core/doctor/running-checks.ts'

export interface Found {
  check: CheckCode | RunningCheckCode
  subject: string
  status: 'pass' | 'fail' | 'unknown'
  severity: FindingSeverity
  /** Absent: it is about the whole installation, not about where one process stands. */
  service?: string
  evidence: string
  consequence: string
  remedy: string
  capability?: string
  /** Nobody asked: it says nothing of what was found before. */
  isUnasked?: boolean
  /** The trial broke: this is kept, and says nothing of what else was found before. */
  isBroken?: boolean
}

export interface Examined {
  /** In the order in which they were named. */
  steps: DoctorStep[]
  found: Found[]
}

export interface Trial {
  name: string
  /** What failed is a finding, not an exception. */
  attempt(request: StartDoctorRun, signal: AbortSignal): Promise<Found[]>
  /** What it would have answered; a trial that breaks leaves these unknown. */
  checks: readonly Found['check'][]
  /** Of whom it speaks; absent: of the whole installation. */
  service?: string
}

export interface Examination {
  examine(request: StartDoctorRun, signal: AbortSignal): Promise<Examined>
}

/** Side by side: the whole takes as long as the slowest. */
export function createExamination(trials: readonly Trial[]): Examination {
  return {
    async examine(request, signal) {
      const results = await Promise.all(
        trials.map(async (trial) => {
          const startedMs = performance.now()
          const found = await trial.attempt(request, signal).catch((error: unknown) => {
            signal.throwIfAborted()
            const reason = error instanceof Error ? error.message : String(error)
            const said = `It could not be tried: ${reason}`
            const of = { isBroken: true, ...(trial.service !== undefined && { service: trial.service }) }
            return trial.checks.map((check) => foundAt(check, trial.name, 'unknown', said, of))
          })
          return { step: stepOf(trial.name, found, performance.now() - startedMs), found }
        }),
      )
      return { steps: results.map(({ step }) => step), found: results.flatMap(({ found }) => found) }
    },
  }
}

export function foundAt(
  check: Found['check'],
  subject: string,
  status: Found['status'],
  evidence: string,
  more: Partial<Pick<Found, 'remedy' | 'service' | 'isUnasked' | 'isBroken'>> = {},
): Found {
  const known = anyCheckOf(check)
  if (known === null) throw new Error(`there is no check ${check}`)
  const { severity, consequence, remedy } = known
  return { check, subject, status, severity, evidence, consequence, remedy, ...more }
}

/** What is worst is what the step says of itself; where all is well, it says all. One that broke has failed. */
function stepOf(name: string, found: readonly Found[], tookMs: number): DoctorStep {
  const worst = found.find(({ status }) => status === 'fail') ?? found.find(({ status }) => status === 'unknown')
  const said = (worst === undefined ? found : [worst]).map(({ evidence }) => evidence)
  return {
    name,
    status: found.length === 0 ? 'unknown' : worst?.isBroken === true ? 'fail' : (worst?.status ?? 'pass'),
    tookMs: Math.round(tookMs),
    detail: said.length === 0 ? 'Nothing was tried.' : said.join(' '),
  }
}
