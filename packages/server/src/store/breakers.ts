/**
 * Breakers that all processes share. The state lies in `breaker`, on the database's clock; each process keeps a copy, so
 * that asking costs no SQL, and writes only what changes. A single trial is guarded by the row's lock. What a fault is,
 * and when it opens, is decided in `core/breaker.ts` and by the callers.
 *
 * A copy may be some seconds old: a process may go on calling for that long what another one has found to be failing.
 * It never tries on such a copy: a trial is granted by the row only.
 */
import {
  type Admission,
  admit,
  type BreakerState,
  type BreakerStateName,
  type BreakerThresholds,
  breakerDefaults,
  closedBreaker,
  onFault,
  onSuccess,
  overrideBreaker,
} from '../core/breaker.ts'
import { alwaysOpen, type BreakerGate, type Refusal } from '../core/breaker-gate.ts'
import type { Db, Tx } from '../db/db.ts'
import { isTransient } from '../db/sql-error.ts'
import type { Log } from '../observe/log.ts'
import { type BreakerSummary, changeBreaker, listBreakers, readBreaker } from './breaker-rows.ts'

// 5 s: how long others may go on calling what has just been found to be failing.
const CALM_REFRESH_MS = 5_000
// 1 s: how long others may go on refusing what works again.
const TROUBLED_REFRESH_MS = 1_000
const MAX_REASON_LENGTH = 500
const NOTHING_TO_WRITE = Promise.resolve()

export interface BreakersOptions {
  db: Db
  log: Log
  thresholds?: Partial<BreakerThresholds>
  /** Whether what is done for this job, or for none, keeps to breakers; absent: everything does. */
  appliesTo?: (subject: string | undefined) => boolean
  /** Milliseconds since 1970 on this machine: for the times given to callers. */
  now?: () => number
  /** Milliseconds that only ever grow: for the age of a copy. */
  clock?: () => number
}

export interface Breakers {
  /** The same gate for the same name. `subject`: for whom it is asked, where that is one job or expectation. */
  gate(name: string, subject?: string): BreakerGate
  list(): Promise<BreakerSummary[]>
  /**
   * By hand: hold it open, let one trial through now, or close it. Other processes follow within seconds. `also` is
   * written with it.
   */
  override(name: string, state: BreakerStateName, reason: string, also?: (tx: Tx) => Promise<void>): Promise<void>
}

/** This process's copy of one breaker. */
interface Copy {
  breaker: BreakerState
  /** The database's time minus `clock()`. */
  offsetMs: number
  checkedAt: number
  /** The `trialUntilMs` of the trial that this process was granted: only its holder's answer decides it. */
  heldTrial: number | null
  /** What talks to the database about this breaker goes one by one, so that no old answer overwrites a newer one. */
  turn: Promise<unknown>
}

export function createBreakers(options: BreakersOptions): Breakers {
  const { db, log, now = Date.now, clock = () => performance.now() } = options
  const thresholds = { ...breakerDefaults, ...options.thresholds }
  const copies = new Map<string, Copy>()
  const gates = new Map<string, BreakerGate>()

  function copyOf(name: string): Copy {
    const known = copies.get(name)
    if (known !== undefined) return known
    const made: Copy = {
      breaker: closedBreaker,
      offsetMs: now() - clock(),
      checkedAt: Number.NEGATIVE_INFINITY,
      heldTrial: null,
      turn: Promise.resolve(),
    }
    copies.set(name, made)
    return made
  }

  const databaseNow = (copy: Copy) => clock() + copy.offsetMs

  function inTurn<Result>(copy: Copy, work: () => Promise<Result>): Promise<Result> {
    const result = copy.turn.then(work)
    copy.turn = result.catch(() => undefined)
    return result
  }

  function isFresh(copy: Copy): boolean {
    const isCalm = copy.breaker.state === 'closed' && copy.breaker.failures === 0
    return clock() - copy.checkedAt < (isCalm ? CALM_REFRESH_MS : TROUBLED_REFRESH_MS)
  }

  /** Relies on the primary key. With the database away, the old copy serves on. */
  async function refresh(name: string, copy: Copy): Promise<void> {
    await inTurn(copy, async () => {
      if (isFresh(copy)) return
      await unlessAway(name, async () => {
        const reading = await readBreaker(db, name)
        copy.breaker = reading?.breaker ?? closedBreaker
        if (reading !== null) copy.offsetMs = reading.readAtMs - clock()
      })
      copy.checkedAt = clock()
    })
  }

  async function change(
    name: string,
    copy: Copy,
    decide: (breaker: BreakerState, nowMs: number) => BreakerState,
    also?: (tx: Tx) => Promise<void>,
  ): Promise<void> {
    let before: BreakerState = copy.breaker
    const { breaker, readAtMs } = await changeBreaker(
      db,
      name,
      (locked, nowMs) => {
        before = locked
        return decide(locked, nowMs)
      },
      also,
    )
    copy.breaker = breaker
    copy.offsetMs = readAtMs - clock()
    copy.checkedAt = clock()
    if (before.state === breaker.state) return
    const facts = { breaker: name, from: before.state, to: breaker.state, failures: breaker.failures }
    if (breaker.state === 'open') log.warn({ ...facts, reason: breaker.reason }, 'breaker opened')
    else log.info(facts, breaker.state === 'closed' ? 'breaker closed' : 'breaker tries again')
  }

  /** False: the database is away. Then the gate goes by what it knows; the dependency must not suffer for it. */
  async function unlessAway(name: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work()
      return true
    } catch (error) {
      if (!isTransient(error)) throw error
      log.warn({ breaker: name, err: error }, 'the breaker’s row could not be reached')
      return false
    }
  }

  /** What somebody else tries, somebody else decides. */
  function isOurs(copy: Copy, breaker: BreakerState): boolean {
    return breaker.state !== 'half-open' || breaker.trialUntilMs === copy.heldTrial
  }

  /** Applies an answer of the dependency, first to the copy, and to the row only if it changes anything. */
  function report(name: string, copy: Copy, answer: (breaker: BreakerState, nowMs: number) => BreakerState) {
    const decide = (breaker: BreakerState, nowMs: number) => (isOurs(copy, breaker) ? answer(breaker, nowMs) : breaker)
    const changesNothing = () => decide(copy.breaker, databaseNow(copy)) === copy.breaker
    if (changesNothing()) return NOTHING_TO_WRITE
    return inTurn(copy, async () => {
      if (changesNothing()) return
      await unlessAway(name, () => change(name, copy, decide))
    })
  }

  function refusal(copy: Copy, { retryAtMs, reason }: { retryAtMs: number; reason: string }): Refusal {
    return { kind: 'refused', retryAtMs: Math.ceil(now() + retryAtMs - databaseNow(copy)), reason }
  }

  /** Asks the row for the trial: of all who ask, in all processes, one gets it. */
  function askForTrial(name: string, copy: Copy): Promise<Admission> {
    return inTurn(copy, async () => {
      let admission = admit(copy.breaker, databaseNow(copy), thresholds)
      if (admission.kind !== 'trial') return admission
      const isReached = await unlessAway(name, () =>
        change(name, copy, (breaker, nowMs) => {
          admission = admit(breaker, nowMs, thresholds)
          return admission.kind === 'trial' ? admission.next : breaker
        }),
      )
      if (!isReached) {
        const retryAtMs = databaseNow(copy) + thresholds.trialWaitMs
        return { kind: 'refused', retryAtMs, reason: 'the database is away, so no trial can be granted' }
      }
      if (copy.breaker.state === 'half-open' && admission.kind === 'trial') copy.heldTrial = copy.breaker.trialUntilMs
      return admission
    })
  }

  function createGate(name: string): BreakerGate {
    const copy = copyOf(name)
    return {
      async admit() {
        if (!isFresh(copy)) await refresh(name, copy)
        let admission = admit(copy.breaker, databaseNow(copy), thresholds)
        if (admission.kind === 'trial') admission = await askForTrial(name, copy)
        if (admission.kind === 'refused') return refusal(copy, admission)
        return { kind: 'admitted', trial: admission.kind === 'trial' }
      },

      succeeded: () => report(name, copy, onSuccess),

      async faulted(reason) {
        // NUL does not fit into text.
        const told = reason.replaceAll('\0', ' ').slice(0, MAX_REASON_LENGTH)
        await report(name, copy, (breaker, nowMs) => onFault(breaker, told, nowMs, thresholds))
        const admission = admit(copy.breaker, databaseNow(copy), thresholds)
        return admission.kind === 'refused' ? refusal(copy, admission) : null
      },
    }
  }

  return {
    gate(name, subject) {
      if (options.appliesTo?.(subject) === false) return alwaysOpen
      const known = gates.get(name) ?? createGate(name)
      gates.set(name, known)
      return known
    },

    list: () => listBreakers(db),

    async override(name, state, reason, also) {
      const copy = copyOf(name)
      await inTurn(copy, () =>
        change(name, copy, (breaker, nowMs) => overrideBreaker(breaker, state, reason, nowMs), also),
      )
    },
  }
}
