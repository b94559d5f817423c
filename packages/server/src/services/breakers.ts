/** Breakers for people: how they stand, also those nobody ever had to open, and overriding one with a reason. */
import type { Breaker, OverrideBreaker } from '@becket/client/contract'
import { AppError } from '../core/error.ts'
import { suggest } from '../core/suggest.ts'
import type { Db } from '../db/db.ts'
import { type BreakerSummary, listBreakers } from '../store/breaker-rows.ts'
import type { Breakers } from '../store/breakers.ts'
import { appendChange } from '../store/changes.ts'
import { appendEvents } from '../store/events.ts'
import { timeOrNull } from './paging.ts'
import { byOf, type Principal } from './principal.ts'

export interface BreakerServiceOptions {
  db: Db
  breakers: Breakers
  /** The breakers of what is configured, whether or not anything was ever reported of them. */
  names: readonly string[]
}

export function createBreakerService({ db, breakers, names }: BreakerServiceOptions) {
  async function list(): Promise<Breaker[]> {
    const rows = new Map((await listBreakers(db)).map((row) => [row.name, row]))
    const all = [...new Set([...names, ...rows.keys()])].sort()
    return all.map((name) => shown(name, rows.get(name)))
  }

  async function get(name: string): Promise<Breaker> {
    const all = await list()
    const breaker = all.find((each) => each.name === name)
    if (breaker !== undefined) return breaker
    const known = all.map((each) => each.name)
    const near = suggest(name, known)
    throw new AppError('NOT_FOUND', `There is no breaker ${name}`, {
      hint: `${near === undefined ? '' : `Did you mean ${near}? `}There are ${known.join(', ') || 'none yet'}.`,
    })
  }

  async function override(name: string, { state, reason }: OverrideBreaker, by: Principal): Promise<Breaker> {
    const before = await get(name)
    const data = { from: before.state, to: state, reason, ...byOf(by) }
    await breakers.override(name, state, reason, async (tx) => {
      await appendEvents(tx, [{ subject: name, jobId: null, type: 'breaker.overridden', severity: 'warn', data }])
      await appendChange(tx, {
        kind: 'override',
        subject: `breaker ${name}`,
        previous: before.state,
        present: state,
        detail: { reason },
        instanceId: null,
        by: by.name,
      })
    })
    return get(name)
  }

  return { list, get, override }
}

function shown(name: string, row: BreakerSummary | undefined): Breaker {
  if (row === undefined) {
    const never = { openedAt: null, retryAt: null, reason: null }
    return { name, state: 'closed', failures: 0, openedCount: 0, ...never }
  }
  const { state, failures, openedCount, reason } = row
  return {
    name,
    state,
    failures,
    openedCount,
    openedAt: timeOrNull(row.openedAtMs),
    retryAt: timeOrNull(row.retryAtMs),
    reason,
  }
}
