/**
 * Renews the leases of all wakeups that this process works on, in one statement every 5 s. Work whose lease is gone is
 * aborted: somebody else may be doing it already.
 */
import type { Db } from '../db/db.ts'
import type { Log } from '../observe/log.ts'
import { type Claim, LEASE_MS, LostLease, renewLeases } from '../store/wakeups.ts'
import { createLoop, type Service } from './loop.ts'

const RENEW_EVERY_MS = LEASE_MS / 3

export interface HeldLease {
  /** Aborted with `LostLease` when the wakeup is somebody else's. One for both reasons: joining two signals is dear. */
  signal: AbortSignal
  release(): void
  /** For another reason than its loss, also once it was released. */
  abort(reason: Error): void
}

export interface Leases extends Service {
  hold(claim: Claim): HeldLease
}

interface Held {
  claim: Claim
  controller: AbortController
  renewedMs: number
}

export function createLeases({ db, log }: { db: Db; log: Log }): Leases {
  const held = new Map<string, Held>()

  async function renew(): Promise<undefined> {
    const before = [...held.values()]
    if (before.length === 0) return
    const askedMs = Date.now()
    try {
      const ours = await renewLeases(
        db,
        before.map(({ claim }) => claim),
      )
      for (const lease of before) {
        if (ours.has(lease.claim.fence)) lease.renewedMs = askedMs
        // Finished while the statement ran: nothing was lost.
        else if (held.has(lease.claim.fence)) lose(lease)
      }
    } catch (error) {
      // Without the database no lease can be proven; past its length somebody else may have started.
      for (const lease of before) if (Date.now() - lease.renewedMs > LEASE_MS) lose(lease)
      throw error
    }
  }

  function lose(lease: Held): void {
    held.delete(lease.claim.fence)
    log.warn({ lane: lease.claim.lane, subject: lease.claim.subject }, 'a lease was lost; its work is aborted')
    lease.controller.abort(new LostLease(lease.claim))
  }

  const loop = createLoop({ name: 'leases', pauseMs: RENEW_EVERY_MS, log, round: renew })
  return {
    ...loop,
    hold(claim) {
      const lease: Held = { claim, controller: new AbortController(), renewedMs: Date.now() }
      held.set(claim.fence, lease)
      return {
        signal: lease.controller.signal,
        release: () => void held.delete(claim.fence),
        abort: (reason) => lease.controller.abort(reason),
      }
    },
  }
}
