/**
 * Sends a finished job's callback, with all that can befall it on the way. One request, never repeated, with nobody who
 * gives up on a slow receiver: that is how the toolkit does it. Decides nothing about the job itself.
 */
import type { Ledger } from '../ledger/ledger.ts'
import { createOvertaking } from '../stage/overtaking.ts'
import { post } from '../stage/post.ts'
import { pause, untilAborted } from '../stage/tasks.ts'
import { encodeBody, finalBody, type Garbling, OTHER_SHAPES, type OtherShape } from './envelope.ts'
import type { RenderJob, RenderOutcome } from './job-book.ts'
import type { Striker } from './striker.ts'

// 24 days, the longest that a timer can wait: the real one has no time-out.
const NO_TIMEOUT_MS = 2_147_483_647
const redirects: ReadonlySet<number> = new Set([301, 302, 303])

export interface Deliverer {
  /** Resolves when the last copy has gone; records a drop and rejects when `signal` aborts. */
  deliver(job: RenderJob, url: string, outcome: RenderOutcome, signal: AbortSignal): Promise<void>
}

export function createDeliverer({ ledger, striker }: { ledger: Ledger; striker: Striker }): Deliverer {
  const overtaking = createOvertaking()

  async function deliver(job: RenderJob, url: string, outcome: RenderOutcome, signal: AbortSignal): Promise<void> {
    if (striker.strikes(job, 'loss')) {
      ledger.record({ kind: 'callback-lost', jobId: job.id })
      return
    }
    if (!striker.strikes(job, 'early')) await hold(job, signal)
    if (striker.strikes(job, 'redirected')) {
      await post({ url, headers: {}, timeoutMs: NO_TIMEOUT_MS }, signal)
      ledger.record({ kind: 'callback-dropped', jobId: job.id, why: 'redirected' })
      return
    }
    const garbling = readGarbling(job)
    const body = encodeBody(finalBody(job, outcome, garbling), garbling)
    const copies = striker.strikes(job, 'duplicate') ? (job.faults.duplicate?.copies ?? 1) : 0
    for (let copy = 0; copy <= copies; copy++) {
      if (copy > 0) await pause(job.faults.duplicate?.gapMs ?? 0, signal)
      await send(job, url, body, copy, signal)
    }
  }

  async function send(job: RenderJob, url: string, body: string, copy: number, signal: AbortSignal): Promise<void> {
    const headers = { 'content-type': 'application/json', 'user-agent': 'python-requests/2.32' }
    const answer = await post({ url, headers, body, timeoutMs: NO_TIMEOUT_MS }, signal)
    ledger.record({ kind: 'callback', jobId: job.id, eventId: job.id, event: 'final', copy, try: 1, ...answer })
    job.firstTried.open()
    overtaking.passed()
    const { status } = answer
    if (status !== null && status >= 200 && status < 300) return
    // The real one follows with a GET that has no body, and takes the answer to that for a success.
    const why = status !== null && redirects.has(status) ? 'redirected' : 'refused'
    ledger.record({ kind: 'callback-dropped', jobId: job.id, why })
  }

  /** Everything that can make a callback wait, one after the other. */
  async function hold(job: RenderJob, signal: AbortSignal): Promise<void> {
    const ms = job.luck.ms('delay', job.faults.delay)
    if (ms > 0) {
      striker.note(job, 'delay')
      ledger.record({ kind: 'callback-delayed', jobId: job.id, ms })
      await pause(ms, signal)
    }
    if (striker.strikes(job, 'lateCallback')) {
      ledger.record({ kind: 'callback-held', jobId: job.id, why: 'lateCallback' })
      await Promise.race([job.readAsDone.opened, untilAborted(signal)])
    }
    if (striker.strikes(job, 'reorder')) {
      ledger.record({ kind: 'callback-held', jobId: job.id, why: 'reorder' })
      await overtaking.wait(job.faults.reorder?.withinMs ?? 0, signal)
    }
  }

  function readGarbling(job: RenderJob): Garbling {
    return {
      nullId: striker.strikes(job, 'nullId'),
      missingId: job.faults.missingId?.where === 'callback' && striker.strikes(job, 'missingId'),
      listShape: striker.strikes(job, 'listShape'),
      otherShape: striker.strikes(job, 'otherShape') ? otherShape(job) : null,
    }
  }

  return {
    async deliver(job, url, outcome, signal) {
      try {
        await deliver(job, url, outcome, signal)
      } catch (fault) {
        if (signal.aborted) ledger.record({ kind: 'callback-dropped', jobId: job.id, why: 'stopped' })
        throw fault
      } finally {
        // Whoever waits for an early callback must not wait for one that never comes.
        job.firstTried.open()
      }
    },
  }
}

/** One that the route does not have anyway. */
function otherShape(job: RenderJob): OtherShape {
  const given = job.faults.otherShape?.as
  if (given !== undefined) return given
  const drawn = job.luck.pick('otherShape/as', OTHER_SHAPES)
  const known = OTHER_SHAPES.find((shape) => shape === drawn) ?? 'strings'
  return known === job.recipe.shape ? 'strings' : known
}
