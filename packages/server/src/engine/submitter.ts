/**
 * Hands a stage to a provider. The expectation is committed before the provider is called, and its wakeup is held while
 * the answer is awaited: whoever finds it without its holder knows that nobody knows, and never submits blindly again.
 */
import { allFeatures, type Features } from '../core/feature.ts'
import { decideJob, type JobError, type StageOutcome } from '../core/job.ts'
import { shapeOf } from '../core/pipeline-shapes.ts'
import type { Db, Tx } from '../db/db.ts'
import { openAttempt } from '../moves/attempts.ts'
import { markDispatched, markUnconfirmed } from '../moves/dispatch.ts'
import { applyJobMove } from '../moves/job-moves.ts'
import { lookNext } from '../moves/next-look.ts'
import { recordEvidence, type SettleRules } from '../moves/settlement.ts'
import type { Log } from '../observe/log.ts'
import type { Submission } from '../pipelines/pipeline.ts'
import { lookBeforeSubmit } from '../providers/artifact-before.ts'
import { expectedOf } from '../providers/expected.ts'
import type { SubmitAnswer } from '../providers/provider.ts'
import { canBeAsked, type OperationSettings, operationOf, type Source, type Sources } from '../providers/sources.ts'
import { keepArtifactBefore } from '../store/artifact-before.ts'
import type { Breakers } from '../store/breakers.ts'
import type { ExpectationRow } from '../store/expectations.ts'
import { type Room, transact } from '../store/handover.ts'
import type { JobRow } from '../store/jobs.ts'
import { type Claim, finishWakeup, LostLease, type Taker } from '../store/wakeups.ts'
import type { Grip } from './lane.ts'
import type { Leases } from './leases.ts'
import { faultOf, isFaultOf } from './submit-fault.ts'

export interface SubmitterOptions {
  db: Db
  room: Room
  sources: Sources
  breakers: Breakers
  leases: Leases
  rules: SettleRules
  /** Absent: everybody has everything. */
  features?: Features
  /** The address, with its token, that the provider is to call back. */
  callbackUrl(source: Source, expectationId: string): string | undefined
  log: Log
}

interface Handing {
  job: JobRow
  /** The job's wakeup. */
  claim: Claim
  submission: Submission
}

export interface Submitter {
  submit(handing: Handing, grip: Grip): Promise<void>
}

// 30 s: how long a job waits for a source that is switched off or not configured, before it looks again.
const SOURCE_AWAY_MS = 30_000

export function createSubmitter(options: SubmitterOptions): Submitter {
  const { db, room, sources, breakers, leases, rules, features = allFeatures, log } = options

  async function submit(handing: Handing, grip: Grip): Promise<void> {
    const { job, claim, submission } = handing
    const source = sources.get(submission.source)
    const configured = source === undefined ? undefined : operationOf(source, submission.operation)
    const settings = configured === undefined ? undefined : limitedFor(job, configured)
    if (source?.enabled !== true || source.api.submit === undefined || settings === undefined) {
      const message = `source ${submission.source} is not configured, is switched off, or cannot ${submission.operation}`
      return postpone(handing, SOURCE_AWAY_MS, { code: 'PROVIDER_FAILED', message, retryable: true })
    }
    const gate = breakers.gate(`source:${source.id}`, job.id)
    const admission = await gate.admit()
    if (admission.kind === 'refused') {
      const message = `source ${source.id} is left alone after ${admission.reason}`
      const afterMs = Math.max(100, admission.retryAtMs - Date.now())
      return postpone(handing, afterMs, { code: 'PROVIDER_FAILED', message, retryable: true })
    }

    // The job's wakeup ends with the next commit; from then on it is the expectation's that is held.
    grip.loosen()
    const opened = await transact(db, room, (tx) =>
      openAttempt(tx, room.owner, { job, claim, submission, settings }, rules),
    )
    if (opened.kind === 'moved') {
      log.info({ jobId: job.id, stage: job.stage }, 'the job was moved by somebody else before it was handed over')
      return finishWakeup(db, claim)
    }
    if (opened.kind === 'taken') {
      log.info({ jobId: job.id, expectationId: opened.by }, 'the provider took the attempt before, as it now turns out')
      return
    }
    if (opened.kind === 'held-back') {
      const { concurrency } = settings
      log.debug({ jobId: job.id, source: source.id, concurrency }, 'held back until the provider has room')
      return
    }
    const { expectation, held } = opened
    const lease = leases.hold(held)
    const interruption = AbortSignal.any([grip.stopping, lease.signal])
    try {
      // After the commit, so that whoever finds it knows what was under way; before the call, since then it is too late.
      const before = await lookBeforeSubmit(source, expectedOf(expectation), { signal: interruption, log })
      if (before !== null) await keepArtifactBefore(db, expectation.id, before)
      const answer = await source.api.submit(
        {
          operation: submission.operation,
          input: submission.input,
          file: submission.file,
          callbackUrl: options.callbackUrl(source, expectation.id),
          key: expectation.key,
          clientId: expectation.id,
        },
        interruption,
      )
      // What we broke off ourselves says nothing about the provider.
      const wasInterrupted = answer.kind === 'unclear' && interruption.aborted
      if (!wasInterrupted) await (isFaultOf(answer) ? gate.faulted(faultOf(answer)) : gate.succeeded())
      log.debug({ jobId: job.id, expectationId: expectation.id, source: source.id, answer: answer.kind }, 'submitted')
      await storeAnswer({ expectation, held, submission, source, settings, answer, wasInterrupted })
    } catch (error) {
      await gate.faulted('the submit ended unexpectedly')
      await transact(db, room, (tx, taker) =>
        markUnconfirmed(tx, taker, {
          expectationId: expectation.id,
          reason: 'the submit ended unexpectedly',
          wasInterrupted: true,
          claim: held,
        }),
      ).catch((cause: unknown) => log.warn({ expectationId: expectation.id, err: cause }, 'left to its lease'))
      throw error
    } finally {
      lease.release()
    }
  }

  /** A job that does not keep to limits takes no turn; those that do count it all the same. */
  function limitedFor(job: JobRow, settings: OperationSettings): OperationSettings {
    return features.has('concurrency', job.id) ? settings : { ...settings, concurrency: undefined }
  }

  async function postpone({ job, claim, submission }: Handing, afterMs: number, error: JobError): Promise<void> {
    const move = decideJob(shapeOf(job.pipeline), job, { kind: 'postpone', afterMs, error }, rules.retry, rules.random)
    await transact(db, room, async (tx, taker) => {
      const moved = await applyJobMove(tx, job, move, { kind: 'holder', claim, taker }, submission)
      if (!moved) await finishWakeup(tx, claim)
    })
  }

  interface Answered {
    expectation: ExpectationRow
    held: Claim
    submission: Submission
    source: Source
    settings: OperationSettings
    answer: SubmitAnswer
    /** It was not waited for to its end: this process stops, or its lease is gone. */
    wasInterrupted: boolean
  }

  /** Stores what the provider answered. Should the lease be lost by now, the answer still counts: it is not fenced. */
  async function storeAnswer(answered: Answered): Promise<void> {
    try {
      await transact(db, room, (tx, taker) => writeAnswer(tx, taker, answered, answered.held))
    } catch (error) {
      if (!(error instanceof LostLease)) throw error
      await transact(db, room, (tx, taker) => writeAnswer(tx, taker, answered, null))
    }
  }

  async function writeAnswer(tx: Tx, taker: Taker, answered: Answered, claim: Claim | null): Promise<void> {
    const { expectation, submission, source, settings, answer } = answered
    const dispatched = (externalId: string | null) =>
      markDispatched(
        tx,
        taker,
        {
          expectationId: expectation.id,
          source: source.id,
          externalId,
          claim,
          nextLookMs: (row) =>
            lookNext(row, { plan: settings.plan, canCheck: canBeAsked(source), learning: rules.learning }).afterMs,
        },
        rules,
      )
    switch (answer.kind) {
      case 'accepted':
        await dispatched(answer.externalId)
        return
      case 'answered': {
        if (answer.externalId !== null) await dispatched(answer.externalId)
        const { outcome } = answer
        const judged = outcome.verdict === 'succeeded' ? (submission.absorb?.(outcome.output) ?? null) : null
        const unusable = judged?.kind === 'unusable' ? judged.error : null
        await recordEvidence(
          tx,
          taker,
          {
            expectationId: expectation.id,
            origin: 'response',
            trusted: true,
            claim:
              unusable !== null
                ? { verdict: 'failed', error: { code: unusable.code, message: unusable.message, retryable: true } }
                : { ...outcome, ...(judged?.kind === 'usable' ? { output: judged.output } : {}) },
            detail: {},
            onFailure: unusable === null ? undefined : { kind: 'retry', error: unusable },
            effects: judged?.kind === 'usable' ? judged.effects : undefined,
          },
          rules,
        )
        return
      }
      case 'refused': {
        const { error, retryAfterMs } = answer
        const told: JobError = {
          code: 'PROVIDER_FAILED',
          message: `${source.id} refused: ${error.code} ${error.message}`,
          retryable: error.retryable,
        }
        // A rate limit is the provider's pace, not the job's failure: it costs no try.
        const onFailure: StageOutcome | undefined =
          retryAfterMs === undefined ? undefined : { kind: 'postpone', afterMs: retryAfterMs, error: told }
        await recordEvidence(
          tx,
          taker,
          {
            expectationId: expectation.id,
            origin: 'response',
            trusted: true,
            claim: { verdict: 'failed', error },
            detail: { refused: true, retryAfterMs: retryAfterMs ?? null },
            onFailure,
          },
          rules,
        )
        return
      }
      case 'unclear':
        await markUnconfirmed(tx, taker, {
          expectationId: expectation.id,
          reason: `${answer.error.code}: ${answer.error.message}`,
          wasInterrupted: answered.wasInterrupted,
          claim,
        })
        return
      default:
        answer satisfies never
    }
  }

  return { submit }
}
