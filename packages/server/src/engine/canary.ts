/**
 * Has the server examine itself now and then, one process at a time, and keeps how it went for alerts and metrics. What is
 * examined is not its business: it is handed in.
 */
import type { Db } from '../db/db.ts'
import type { Log } from '../observe/log.ts'
import { ensureTurn, recordDuty, takeTurn, untilTurn } from '../store/duties.ts'
import { createLoop, type Service } from './loop.ts'

export const CANARY = 'canary'

interface Seen {
  check: string
  status: string
  severity: string
  isUnasked?: boolean
}

export interface Examined {
  found: readonly Seen[]
}

export interface CanaryOptions {
  db: Db
  everyMs: number
  examine(signal: AbortSignal): Promise<Examined>
  log: Log
  /** How long after the first start of all; default 30 s: processes that start together are all there by then. */
  firstAfterMs?: number
}

const FIRST_AFTER_MS = 30_000
// 60 s: so late does a turn come at most, and so long may a process be without having gone round.
const LONGEST_PAUSE_MS = 60_000

export function createCanary({ db, everyMs, examine, log, firstAfterMs = FIRST_AFTER_MS }: CanaryOptions): Service {
  let hasTurn = false

  async function round(signal: AbortSignal): Promise<number> {
    if (!hasTurn) await ensureTurn(db, CANARY, Math.min(firstAfterMs, everyMs))
    hasTurn = true
    if (await takeTurn(db, CANARY, everyMs)) await sing(signal)
    return Math.min(LONGEST_PAUSE_MS, (await untilTurn(db, CANARY)) ?? everyMs)
  }

  async function sing(signal: AbortSignal): Promise<void> {
    const startedMs = performance.now()
    const wrong = await examine(signal).then(wrongChecks, (error: unknown) => {
      signal.throwIfAborted()
      log.error({ err: error }, 'the canary did not come to its end')
      return null
    })
    const tookMs = Math.round(performance.now() - startedMs)
    const succeeded = wrong !== null && wrong.length === 0
    await recordDuty(db, CANARY, { succeeded, tookMs, detail: { wrong } })
    if (succeeded) log.info({ tookMs }, 'canary')
    else log.warn({ tookMs, wrong }, 'canary: something is wrong; `becket findings list` says what')
  }

  return createLoop({ name: CANARY, pauseMs: LONGEST_PAUSE_MS, log, round })
}

/**
 * What was not proven is not well either, but for a key: not every provider has a cheap way to prove one. A warning wakes
 * nobody.
 */
function wrongChecks({ found }: Examined): string[] {
  const isGrave = ({ severity }: Seen) => severity === 'critical' || severity === 'error'
  const isOpen = ({ check, status }: Seen) => status === 'fail' || (status === 'unknown' && check !== 'KEY01')
  const wrong = found.filter((seen) => seen.isUnasked !== true && isGrave(seen) && isOpen(seen))
  return [...new Set(wrong.map(({ check }) => check))]
}
