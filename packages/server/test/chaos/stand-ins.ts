/** The stand-ins in a process of their own, which nobody kills: what the providers saw must not die with the server. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createRehearsalApart, type RehearsalApart } from '@becket/rehearsal'
import { faults, processing } from './settings.ts'

/** From what was built, as the server is. */
const program = fileURLToPath(new URL('../../../rehearsal/dist/apart/rehearsal-process.js', import.meta.url))

export function createStandIns(seed: number): RehearsalApart {
  return createRehearsalApart(
    {
      environment: 'development',
      seed,
      faults,
      processing,
      // Three tries within a second and a half: some are over before the server is back, some are not.
      timeScale: 0.5,
    },
    () => fork(program, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] }),
  )
}
