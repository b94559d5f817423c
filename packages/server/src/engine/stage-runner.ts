/**
 * Works on a job from where it stands: runs its stages here one after the other, as long as they can run at once, and
 * hands over to the submitter where a provider must do the work. Holds the job's wakeup meanwhile.
 */
import { decideJob, type StageOutcome } from '../core/job.ts'
import { rankOfStage } from '../core/pipeline.ts'
import type { Db } from '../db/db.ts'
import { tryForsakenAgain } from '../moves/giving-up.ts'
import { applyJobMove } from '../moves/job-moves.ts'
import type { SettleRules } from '../moves/settlement.ts'
import type { Log } from '../observe/log.ts'
import type { Pipelines, StageResult } from '../pipelines/pipeline.ts'
import { type Room, transact } from '../store/handover.ts'
import { type JobRow, readJob } from '../store/jobs.ts'
import { type Claim, finishWakeup } from '../store/wakeups.ts'
import type { Grip } from './lane.ts'
import type { Submitter } from './submitter.ts'

export interface StageRunnerOptions {
  db: Db
  room: Room
  pipelines: Pipelines
  submitter: Submitter
  rules: SettleRules
  log: Log
}

// 10 holders in a row that died: the work itself kills them. Fewer could be a bad night of restarts.
export const MAX_LAPSES = 10

export function createStageRunner({ db, room, pipelines, submitter, rules, log }: StageRunnerOptions) {
  async function runJob(claim: Claim, grip: Grip): Promise<void> {
    for (;;) {
      const job = await readJob(db, claim.subject)
      if (job?.state === 'waiting') return transact(db, room, (tx, taker) => tryForsakenAgain(tx, taker, claim, rules))
      if (job === null || (job.state !== 'queued' && job.state !== 'retryable')) return finishWakeup(db, claim)
      const pipeline = pipelines[job.pipeline]
      const stage = pipeline?.stages[job.stage]
      if (pipeline === undefined || stage === undefined) {
        throw new Error(`this release has no stage ${job.stage} in a pipeline ${job.pipeline}`)
      }
      grip.signal.throwIfAborted()
      const step = claim.lapses >= MAX_LAPSES ? { kind: 'result' as const, ...diedRepeatedly(claim) } : await next()
      if (step.kind === 'submission') return submitter.submit({ job, claim, submission: step }, grip)
      const goesOn = await write(job, claim, step)
      if (!goesOn) return

      async function next() {
        if (job === null || stage === undefined) throw new Error('unreachable: both were read above')
        if (stage.kind === 'provider') return stage.prepare({ job, signal: grip.signal })
        return { kind: 'result' as const, ...(await stage.run({ job, signal: grip.signal })) }
      }
    }
  }

  /** True when the job can go on at once, its wakeup still in hand. */
  async function write(job: JobRow, claim: Claim, result: StageResult): Promise<boolean> {
    const pipeline = pipelines[job.pipeline]
    if (pipeline === undefined) throw new Error(`no pipeline ${job.pipeline}`)
    const move = decideJob(pipeline.shape, job, result.outcome, rules.retry, rules.random)
    const moved = await transact(db, room, async (tx, taker) => {
      await result.effects?.(tx)
      const written = await applyJobMove(tx, job, move, { kind: 'holder', claim, taker }, result)
      // Moved by somebody else meanwhile (cancelled, or completed by a late callback): our step counts for nothing.
      if (!written) throw new Superseded()
    }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Superseded) return false
        throw error
      },
    )
    if (!moved) {
      log.info({ jobId: job.id, stage: job.stage }, 'the job was moved by somebody else meanwhile')
      await finishWakeup(db, claim)
      return false
    }
    const facts = { jobId: job.id, stage: job.stage, rank: rankOfStage(pipeline.shape, move.stage), to: move.state }
    if (move.error === null) log.debug(facts, 'stage')
    else log.warn({ ...facts, code: move.error.code, reason: move.error.message }, 'stage')
    return move.dueInMs !== null && move.dueInMs <= 0
  }

  return { runJob }
}

class Superseded extends Error {}

function diedRepeatedly(claim: Claim): StageResult {
  const outcome: StageOutcome = {
    kind: 'fail',
    error: {
      code: 'PROCESS_DIED_REPEATEDLY',
      message: `${claim.lapses} holders in a row went away without finishing`,
      retryable: false,
    },
  }
  return { outcome }
}
