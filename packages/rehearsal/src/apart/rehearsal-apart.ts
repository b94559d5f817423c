/**
 * All stand-ins in a process of their own, as providers are in life: what they hold and compute is not mistaken for the
 * work of the software under test. Costs a ledger that can only be read when it is asked for; see `rehearsal.ts` for
 * stand-ins in this process.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { AirtableRow } from '../airtable/airtable.ts'
import { changeFaults, type FaultsChange } from '../faults/change-faults.ts'
import { parseFaults } from '../faults/parse-faults.ts'
import { type LedgerReading, readingOf } from '../ledger/ledger.ts'
import type { RehearsalAddresses } from '../rehearsal.ts'
import { RehearsalError, refuseProduction } from '../stage/rehearsal-error.ts'
import { type Answer, type ApartOptions, answerSchema, type Order } from './messages.ts'

export interface RehearsalApart {
  start(): Promise<RehearsalAddresses>
  /** What the stand-ins did until now, what lies in the Airtable, and the largest resident set of their process. */
  report(): Promise<{ ledger: LedgerReading; rows: AirtableRow[]; memoryBytes: number }>
  /** See `Rehearsal`. Resolves when they go by it. */
  change(faults: FaultsChange): Promise<void>
  /** Repeatable, also before `start`. The process is gone when it resolves. */
  stop(): Promise<void>
}

// 5 s: the stand-ins stop within a few milliseconds; what takes longer hangs.
const STOP_WITHIN_MS = 5_000

/** `launch`: another way to start the program, for tests that run from source. */
export function createRehearsalApart(
  options: ApartOptions,
  launch: () => ChildProcess = launchProgram,
): RehearsalApart {
  // Here too, so that what is wrong is told before a process is started for it.
  parseFaults(options.faults ?? {})
  let child: ChildProcess | null = null

  async function ask<Kind extends Order['order']>(order: Order & { order: Kind }) {
    if (child === null || !child.connected) throw gone('they do not run')
    const over = new AbortController()
    try {
      const answered = answerTo(child, order.order, over.signal)
      child.send(order)
      return await answered
    } finally {
      over.abort()
    }
  }

  return {
    async start() {
      refuseProduction('rehearsal', options.environment)
      child ??= launch()
      return (await ask({ order: 'start', options })).addresses
    },
    async report() {
      const { entries, rows, memoryBytes } = await ask({ order: 'report' })
      return { ledger: readingOf(() => entries), rows, memoryBytes }
    },
    async change(faults) {
      // Here too, so that what is wrong is told by the name that it has.
      parseFaults(changeFaults({}, faults))
      await ask({ order: 'change', faults })
    },
    async stop() {
      const ending = child
      if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return
      const ended = once(ending, 'exit')
      const patience = setTimeout(() => ending.kill('SIGKILL'), STOP_WITHIN_MS)
      if (ending.connected) ending.disconnect()
      await ended
      clearTimeout(patience)
    },
  }
}

function launchProgram(): ChildProcess {
  const { PATH, SystemRoot, TEMP, TMP, TMPDIR } = process.env
  return fork(fileURLToPath(new URL('./rehearsal-process.js', import.meta.url)), {
    // Neither our flags (a debugger's port is taken) nor our keys: a stand-in has no use for them.
    execArgv: [],
    env: { PATH, SystemRoot, TEMP, TMP, TMPDIR },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

async function answerTo<Kind extends Order['order']>(
  child: ChildProcess,
  kind: Kind,
  signal: AbortSignal,
): Promise<Answer & { order: Kind }> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown) => {
      const answer = answerSchema.parse(message)
      if (answer.order === 'failed') reject(gone(answer.reason))
      else if (isOf(answer, kind)) resolve(answer)
    }
    const onExit = (code: number | null, by: string | null) => reject(gone(`their process ended (${by ?? code})`))
    const onError = (error: Error) => reject(gone(error.message))
    child.on('message', onMessage).once('exit', onExit).once('error', onError)
    signal.addEventListener('abort', () => {
      child.off('message', onMessage).off('exit', onExit).off('error', onError)
    })
  })
}

function isOf<Kind extends Answer['order']>(answer: Answer, kind: Kind): answer is Answer & { order: Kind } {
  return answer.order === kind
}

function gone(reason: string): RehearsalError {
  return new RehearsalError(
    'PROCESS_UNAVAILABLE',
    `The stand-ins in a process of their own do not answer: ${reason}`,
    'Start them again; what they did before is forgotten.',
  )
}
