/**
 * The checks of a system that runs, as data: whether its parts are there, agree, and let work through. The checks of an
 * environment: `checks.ts`.
 */
import type { Check } from './check.ts'
import { checks, isCheckCode } from './checks.ts'

type RunningCheck = Pick<Check, 'severity' | 'title' | 'consequence' | 'remedy'>

const table = {
  RUN01: {
    severity: 'error',
    title: 'Nobody does the work of a role',
    consequence: 'Callbacks are not taken in, nobody is answered, or no job gets on, though all else is well.',
    remedy: 'Start a process with the role, and give it the same database: becket serve --roles ROLE',
  },
  RUN02: {
    severity: 'warning',
    title: 'Processes run different releases',
    consequence: 'What one of them writes, the other may not know; a deployment that is under way ends this by itself.',
    remedy: 'Bring all processes to the same release.',
  },
  RUN03: {
    severity: 'error',
    title: 'The schema is not the one of this release',
    consequence: 'Statements fail that need what is missing.',
    remedy: 'becket migrate',
  },
  RUN04: {
    severity: 'critical',
    title: 'A callback does not come back to us',
    consequence: 'Providers call nobody: every outcome is late, since it has to be asked for.',
    remedy: 'Open the address that the evidence names from outside, and let it lead to a process with the role intake.',
  },
  RUN05: {
    severity: 'critical',
    title: 'A callback is taken in, and no worker settles it',
    consequence: 'Jobs stand still, whatever providers answer.',
    remedy: 'Start a worker on the same database, or look at the log of the one that runs.',
  },
  RUN06: {
    severity: 'error',
    title: 'A document does not come through its pipeline',
    consequence: 'What users upload is not parsed, cut or embedded.',
    remedy: 'becket jobs show JOB says at which stage it stopped, and why.',
  },
  RUN07: {
    severity: 'error',
    title: 'Processes of one installation run with different settings',
    consequence: 'One process does what another one would not; what it writes, the other may not find.',
    remedy: 'Give all of them the settings that the evidence names, and start them anew.',
  },
} as const satisfies Record<string, RunningCheck>

export type RunningCheckCode = keyof typeof table

/** In the order of the reference page. */
export const runningCheckCodes: readonly RunningCheckCode[] = Object.keys(table).filter(isRunningCheckCode)

/** Of whichever table; null for a code of another release. */
export function anyCheckOf(code: string): RunningCheck | null {
  if (isCheckCode(code)) return checks[code]
  return isRunningCheckCode(code) ? table[code] : null
}

function isRunningCheckCode(word: string): word is RunningCheckCode {
  return Object.hasOwn(table, word)
}
