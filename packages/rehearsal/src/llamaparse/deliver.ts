/**
 * Sends a finished job's callbacks, with all that can befall them on the way, and the provider's own redelivery: three
 * tries, 1 and 2 s apart. Decides nothing about the job itself.
 */
import { createHmac, randomUUID } from 'node:crypto'
import type { ParseFaults } from '../faults/faults.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { createOvertaking } from '../stage/overtaking.ts'
import { post } from '../stage/post.ts'
import { pause, untilAborted } from '../stage/tasks.ts'
import { encodeBody, type Garbling, OTHER_WORDS, type V2Event, v1Body, v2Body, v2EventType } from './callback-body.ts'
import type { CallbackTarget } from './callback-target.ts'
import type { ParseJob } from './job-book.ts'
import type { Striker } from './striker.ts'

const USER_AGENT = 'llamaindex-webhook-service/1.0'
const MAX_TRIES = 3
// Doubling: 1 s before the second try, 2 s before the third.
const FIRST_GAP_MS = 1_000
const ANSWER_TIMEOUT_MS = 30_000

interface Callback {
  eventId: string
  event: string
  headers: Record<string, string>
  body: string
}

export interface Deliverer {
  /** Resolves when the last copy is delivered or given up; records a drop and rejects when `signal` aborts. */
  deliver(job: ParseJob, target: CallbackTarget, signal: AbortSignal): Promise<void>
  /** Tells a target that asked for them about stages before the end. */
  announce(job: ParseJob, target: CallbackTarget, signal: AbortSignal): Promise<void>
}

export interface DelivererOptions {
  ledger: Ledger
  striker: Striker
  projectId: string
  /** Multiplies the provider's own gaps and time-outs. */
  timeScale: number
  now: () => number
}

export function createDeliverer({ ledger, striker, projectId, timeScale, now }: DelivererOptions): Deliverer {
  const overtaking = createOvertaking()

  async function deliver(job: ParseJob, target: CallbackTarget, signal: AbortSignal): Promise<void> {
    const stage = job.outcome?.kind === 'failed' ? 'error' : 'success'
    if (target.events && !target.events.includes(`parse.${stage}`)) return
    if (striker.strikes(job, 'loss')) {
      ledger.record({ kind: 'callback-lost', jobId: job.id })
      return
    }
    if (!striker.strikes(job, 'early')) await hold(job, signal)
    const callback = compose(job, target, stage, readGarbling(job, stage === 'success'))
    const copies = striker.strikes(job, 'duplicate') ? (job.faults.duplicate?.copies ?? 1) : 0
    for (let copy = 0; copy <= copies; copy++) {
      if (copy > 0) await pause(job.faults.duplicate?.gapMs ?? 0, signal)
      await tryUntilTaken(job, target, callback, copy, signal)
    }
  }

  /** Everything that can make a callback wait, one after the other. */
  async function hold(job: ParseJob, signal: AbortSignal): Promise<void> {
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

  function readGarbling(job: ParseJob, succeeded: boolean): Garbling {
    const inCallback = (name: 'nullId' | 'missingId') =>
      job.faults[name]?.where === 'callback' && striker.strikes(job, name)
    const other = succeeded && job.faults.otherStatusWord?.where !== 'status' && striker.strikes(job, 'otherStatusWord')
    return {
      nullId: inCallback('nullId'),
      missingId: inCallback('missingId'),
      listShape: striker.strikes(job, 'listShape'),
      stringified: striker.strikes(job, 'stringified'),
      statusWord: other ? otherWord(job) : null,
    }
  }

  function compose(job: ParseJob, target: CallbackTarget, stage: V2Event['stage'], garbling: Garbling): Callback {
    const eventId = randomUUID()
    const headers: Record<string, string> = { 'content-type': 'application/json', 'user-agent': USER_AGENT }
    if (job.api === 'v1') {
      const body = job.outcome ? encodeBody(v1Body(job.outcome, garbling), 'json', garbling) : ''
      return { eventId, event: `parse.${stage}`, headers, body }
    }
    const failure = job.outcome?.kind === 'failed' ? job.outcome : null
    const event: V2Event = { eventId, timestamp: now() / 1000, jobId: job.id, projectId, stage, failure }
    const body = encodeBody(v2Body(event, garbling), target.format, garbling)
    const type = v2EventType(stage, garbling)
    Object.assign(headers, target.headers, { 'x-webhook-event-id': eventId, 'x-webhook-event-type': type })
    if (target.secret !== null) {
      headers['lc-signature'] = `sha256=${createHmac('sha256', target.secret).update(body).digest('hex')}`
    }
    return { eventId, event: type, headers, body }
  }

  async function tryUntilTaken(
    job: ParseJob,
    target: CallbackTarget,
    { eventId, event, headers, body }: Callback,
    copy: number,
    signal: AbortSignal,
  ): Promise<void> {
    for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
      if (attempt > 1) await pause(FIRST_GAP_MS * 2 ** (attempt - 2) * timeScale, signal)
      const answer = await post({ url: target.url, headers, body, timeoutMs: ANSWER_TIMEOUT_MS * timeScale }, signal)
      ledger.record({ kind: 'callback', jobId: job.id, eventId, event, copy, try: attempt, ...answer })
      job.firstTried.open()
      overtaking.passed()
      if (answer.status !== null && answer.status >= 200 && answer.status < 300) return
    }
    ledger.record({ kind: 'callback-dropped', jobId: job.id, why: 'refused' })
  }

  return {
    async deliver(job, target, signal) {
      try {
        await deliver(job, target, signal)
      } catch (fault) {
        if (signal.aborted) ledger.record({ kind: 'callback-dropped', jobId: job.id, why: 'stopped' })
        throw fault
      } finally {
        // Whoever waits for an early callback must not wait for one that never comes.
        job.firstTried.open()
      }
    },
    async announce(job, target, signal) {
      if (job.api === 'v1') return
      for (const stage of ['pending', 'running'] as const) {
        if (!target.events?.includes(`parse.${stage}`)) continue
        const { eventId, event, headers, body } = compose(job, target, stage, UNGARBLED)
        const answer = await post({ url: target.url, headers, body, timeoutMs: ANSWER_TIMEOUT_MS * timeScale }, signal)
        ledger.record({ kind: 'callback', jobId: job.id, eventId, event, copy: 0, try: 1, ...answer })
      }
    },
  }
}

const UNGARBLED: Garbling = {
  nullId: false,
  missingId: false,
  listShape: false,
  stringified: false,
  statusWord: null,
}

/** The word that a job uses instead of the documented one: the same wherever it says it. */
export function otherWord(job: { api: 'v1' | 'v2'; luck: ParseJob['luck']; faults: ParseFaults }): string {
  return job.faults.otherStatusWord?.word ?? job.luck.pick('otherStatusWord/word', OTHER_WORDS[job.api])
}
