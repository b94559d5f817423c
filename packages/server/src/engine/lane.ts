/**
 * Serves one lane of the table of time: claims what is due in batches, at most the free slots, and takes over what this
 * process has just written itself. Knows nothing of what the work is.
 */
import { AppError } from '../core/error.ts'
import type { Db } from '../db/db.ts'
import type { Log } from '../observe/log.ts'
import { type Claim, claimDueWakeups, type Lane, LostLease, releaseWakeups, retryWakeup } from '../store/wakeups.ts'
import type { HeldLease, Leases } from './leases.ts'
import { createLoop, type Service } from './loop.ts'

export interface LaneService extends Service {
  lane: Lane
  reserve(): boolean
  release(): void
  take(claim: Claim): void
  /** Something of this lane may be due now. */
  poke(): void
}

export interface LaneOptions {
  lane: Lane
  slots: number
  pollMs: number
  owner: string
  db: Db
  leases: Leases
  log: Log
  handle(claim: Claim, grip: Grip): Promise<void>
  /** How long a stop waits for what is under way before it is aborted and freed. */
  drainMs?: number
}

/** The hold on one wakeup while it is worked on. */
export interface Grip {
  /** Aborted when the wakeup is somebody else's by now, or the process stops. */
  signal: AbortSignal
  /** Aborted only when the process stops. */
  stopping: AbortSignal
  /** The wakeup is about to be finished while the work goes on: it is not watched any more. */
  loosen(): void
}

// 6 s of the 10 that a stop may take: what is under way ends by itself, the rest is aborted and freed.
const DRAIN_MS = 6_000

export function createLane(options: LaneOptions): LaneService {
  const { lane, slots, db, leases, log, owner, drainMs = DRAIN_MS } = options
  const running = new Map<Claim, Promise<void>>()
  const stopping = new AbortController()
  let reserved = 0
  let isOpen = false

  const free = () => slots - running.size - reserved

  const loop = createLoop({
    name: `lane ${lane}`,
    pauseMs: options.pollMs,
    log,
    async round() {
      const room = free()
      // Full: the next slot that falls free pokes.
      if (room <= 0) return undefined
      // Set aside while the claim is on its way: what is handed over meanwhile must not take the same slots.
      reserved += room
      const claims = await claimDueWakeups(db, lane, room, owner).finally(() => {
        reserved -= room
      })
      for (const claim of claims) run(claim)
      return claims.length === room ? 0 : undefined
    },
    onError(error) {
      const failure = new AppError('GET_NEXT_JOB_FAILED', `The ${lane} lane could not claim its next work`, {
        cause: error,
      })
      log.error({ code: failure.code, lane, err: failure }, failure.message)
    },
  })

  function run(claim: Claim): void {
    const lease = leases.hold(claim)
    const work = handle(claim, gripOf(lease)).finally(() => {
      lease.release()
      running.delete(claim)
      if (isOpen) loop.poke()
    })
    running.set(claim, work)
  }

  function gripOf(lease: HeldLease): Grip {
    const signal = AbortSignal.any([lease.signal, stopping.signal])
    return { signal, stopping: stopping.signal, loosen: lease.release }
  }

  async function handle(claim: Claim, grip: Grip): Promise<void> {
    try {
      await options.handle(claim, grip)
    } catch (error) {
      if (error instanceof LostLease || grip.signal.reason instanceof LostLease) {
        log.info({ lane, subject: claim.subject }, 'left to the process that owns it now')
        return
      }
      // Cut off by the stop, which frees it: no fault of the work.
      if (stopping.signal.aborted) return
      log.error(
        { lane, subject: claim.subject, lapses: claim.lapses, err: error },
        `${lane}: the work failed unexpectedly; it is tried again`,
      )
      await retryWakeup(db, claim).catch((cause: unknown) => {
        // The lease runs out by itself: the row falls due again without our help.
        log.warn({ lane, subject: claim.subject, err: cause }, 'the wakeup could not be put back; its lease will lapse')
      })
    }
  }

  return {
    ...loop,
    lane,
    async start() {
      isOpen = true
      await loop.start()
    },
    async stop() {
      isOpen = false
      await loop.stop()
      const all = Promise.all(running.values())
      const patience = new AbortController()
      await Promise.race([all, delay(drainMs, patience.signal)])
      patience.abort()
      const unfinished = [...running.keys()]
      stopping.abort(new Error('the process is stopping'))
      await Promise.race([all, delay(1_000, AbortSignal.timeout(1_000))])
      await releaseWakeups(db, unfinished).catch((error: unknown) => {
        log.warn({ lane, err: error }, 'what was under way could not be freed; its leases will lapse')
      })
    },
    reserve() {
      if (!isOpen || free() <= 0) return false
      reserved += 1
      return true
    },
    release() {
      reserved -= 1
    },
    take(claim) {
      reserved -= 1
      run(claim)
    },
  }
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
