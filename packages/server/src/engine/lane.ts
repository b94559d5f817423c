/**
 * Serves one lane of the table of time: claims what is due in batches, at most the free slots, and takes over what this
 * process has just written itself. Looks again when the next row falls due, when more may be due than there was room for,
 * or when it is told of one. Knows nothing of what the work is.
 */
import { AppError } from '../core/error.ts'
import type { Db, Queryable } from '../db/db.ts'
import type { Log } from '../observe/log.ts'
import { forgetEnd, hasEnded } from '../store/claim-ends.ts'
import type { Look, Looked } from '../store/claiming.ts'
import { claimWakeups, readRanks } from '../store/wakeup-claims.ts'
import { type Claim, type Lane, LostLease, releaseWakeups, retryWakeup } from '../store/wakeups.ts'
import type { HeldLease, Leases } from './leases.ts'
import { createLoop, type Service } from './loop.ts'
import { createWatermark } from './watermark.ts'

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
  /** The ranks that its rows have, as far as this release knows. */
  ranks?: readonly number[]
  /** How often it looks from the beginning; see `watermark.ts`. */
  sweepEveryMs?: number
  owner: string
  db: Db
  leases: Leases
  log: Log
  /** Claims what is due, where that is more than the wakeups alone. */
  claim?(db: Queryable, look: Look): Promise<Looked>
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

// 2 ms: timers fire up to one early, and asking just before it is due would be asking twice.
const CLOCKS_APART_MS = 2

// 64: fewer at a time would cost more looks than they gain.
const WORTH_A_LOOK = 64

// 20 ms: what is due and was not claimed is in somebody's transaction, which is over in a few.
const LOCKED_MS = 20

export function createLane(options: LaneOptions): LaneService {
  const { lane, slots, db, leases, log, owner, drainMs = DRAIN_MS } = options
  const running = new Map<Claim, { work: Promise<void>; lease: HeldLease }>()
  const stopping = new AbortController()
  const { ranks = [0], sweepEveryMs, claim: claimDue = claimWakeups } = options
  const watermark = createWatermark({ ranks, sweepEveryMs })
  let reserved = 0
  let isOpen = false
  // More may be due than there was room for: the next slot that falls free is worth a look.
  let isOwed = false

  const free = () => slots - running.size - reserved
  // Not all at once where there are many: the database finds the next ones while these are worked on.
  const atOnce = Math.max(WORTH_A_LOOK, Math.ceil(slots / 2))

  const loop = createLoop({
    name: `lane ${lane}`,
    pauseMs: options.pollMs,
    log,
    async round() {
      const room = Math.min(free(), atOnce)
      isOwed = room <= 0
      if (isOwed) return undefined
      // Set aside while the claim is on its way: what is handed over meanwhile must not take the same slots.
      reserved += room
      const looked = await look(room).finally(() => {
        reserved -= room
      })
      for (const claim of looked.found) run(claim)
      if (looked.found.length === room) return 0
      // What falls due before the next poll is not kept waiting for it.
      if (looked.nextMs === null) return undefined
      return looked.nextMs === 0 ? LOCKED_MS : looked.nextMs + CLOCKS_APART_MS
    },
    onError(error) {
      const failure = new AppError('GET_NEXT_JOB_FAILED', `The ${lane} lane could not claim its next work`, {
        cause: error,
      })
      log.error({ code: failure.code, lane, err: failure }, failure.message)
    },
  })

  async function look(limit: number) {
    if (watermark.isSweepDue()) watermark.sweep(await readRanks(db, lane))
    const looked = await claimDue(db, { lane, ranks: watermark.reach(), limit, owner, aheadMs: options.pollMs })
    watermark.note(looked, limit)
    return looked
  }

  function run(claim: Claim): void {
    const lease = leases.hold(claim)
    const work = handle(claim, gripOf(lease)).finally(() => {
      lease.release()
      running.delete(claim)
      // What is not known to be gone is due again, now or at a time that only the table knows.
      if (isOpen && (isOwed || !hasEnded(claim))) loop.poke()
    })
    running.set(claim, { work, lease })
  }

  function gripOf(lease: HeldLease): Grip {
    return { signal: lease.signal, stopping: stopping.signal, loosen: lease.release }
  }

  async function handle(claim: Claim, grip: Grip): Promise<void> {
    try {
      await options.handle(claim, grip)
    } catch (error) {
      forgetEnd(claim)
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
      const all = Promise.all([...running.values()].map(({ work }) => work))
      await endsWithin(all, drainMs)
      const unfinished = [...running.keys()]
      const reason = new Error('the process is stopping')
      stopping.abort(reason)
      for (const { lease } of running.values()) lease.abort(reason)
      await endsWithin(all, 1_000)
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

/** Leaves no timer behind: one that is not needed any more would keep the process from ending. */
async function endsWithin(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, over])
  clearTimeout(timer)
}
