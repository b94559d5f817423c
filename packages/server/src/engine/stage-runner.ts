/**
 * Works on a job from where it stands: runs its stages here one after the other, as long as they can run at once, and
 * hands over to the submitter where a provider must do the work. Holds the job's wakeup meanwhile.
 */
import { decideJob, type JobMove, type StageOutcome } from '../core/job.ts'
import { rankOfStage } from '../core/pipeline.ts'
import { createBatch } from '../db/batch.ts'
import type { Db } from '../db/db.ts'
import { tryForsakenAgain } from '../moves/giving-up.ts'
import { applyJobMove } from '../moves/job-moves.ts'
import { createJobSteps } from '../moves/job-steps.ts'
import type { SettleRules } from '../moves/settlement.ts'
import type { Log } from '../observe/log.ts'
import type {
  LocalStage,
  Pipelines,
  ProviderStage,
  StageContext,
  StageResult,
  Submission,
} from '../pipelines/pipeline.ts'
import { takeHandedJob } from '../store/handed-jobs.ts'
import { type Room, transact } from '../store/handover.ts'
import { type JobRow, movedRow, readJobs } from '../store/jobs.ts'
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

type Step = Submission | ({ kind: 'result' } & StageResult)

// 1,000: as many slots as a process may have; what it claims at once is read at once.
const MAX_READS = 1_000

// 10 holders in a row that died: the work itself kills them. Fewer could be a bad night of restarts.
export const MAX_LAPSES = 10

export function createStageRunner({ db, room, pipelines, submitter, rules, log }: StageRunnerOptions) {
  const steps = createJobSteps({ db })
  const reads = createBatch<string, JobRow | null>({
    maxItems: MAX_READS,
    maxBytes: MAX_READS,
    sizeOf: () => 1,
    async run(ids) {
      const rows = await readJobs(db, ids)
      return ids.map((id) => rows.get(id) ?? null)
    },
    isPoison: () => false,
  })

  async function runJob(claim: Claim, grip: Grip): Promise<void> {
    let job: JobRow | null = takeHandedJob(claim) ?? (await reads.add(claim.subject))
    for (;;) {
      if (job?.state === 'waiting') return transact(db, room, (tx, taker) => tryForsakenAgain(tx, taker, claim, rules))
      if (job === null || (job.state !== 'queued' && job.state !== 'retryable')) return finishWakeup(db, claim)
      const pipeline = pipelines[job.pipeline]
      const stage = pipeline?.stages[job.stage]
      if (pipeline === undefined || stage === undefined) {
        throw new Error(`this release has no stage ${job.stage} in a pipeline ${job.pipeline}`)
      }
      grip.signal.throwIfAborted()
      const step =
        claim.lapses >= MAX_LAPSES ? diedRepeatedly(claim) : await workOn(stage, { job, signal: grip.signal })
      if (step.kind === 'submission') return submitter.submit({ job, claim, submission: step }, grip)
      job = await write(job, claim, step)
      if (job === null) return
    }
  }

  /** The job where it can go on at once, its wakeup still in hand; null where it cannot. */
  async function write(job: JobRow, claim: Claim, result: StageResult): Promise<JobRow | null> {
    const pipeline = pipelines[job.pipeline]
    if (pipeline === undefined) throw new Error(`no pipeline ${job.pipeline}`)
    const move = decideJob(pipeline.shape, job, result.outcome, rules.retry, rules.random)
    const stepped = result.effects === undefined ? await steps.take(job, move, claim, result) : null
    const moved = stepped ?? (await writeAlone(job, move, claim, result))
    if (moved === null) return null
    const facts = { jobId: job.id, stage: job.stage, rank: rankOfStage(pipeline.shape, move.stage), to: move.state }
    if (move.error === null) log.debug(facts, 'stage')
    else log.warn({ ...facts, code: move.error.code, reason: move.error.message }, 'stage')
    return move.dueInMs !== null && move.dueInMs <= 0 ? moved : null
  }

  /** With its effects, in a transaction of its own. Null where somebody else moved the job meanwhile. */
  async function writeAlone(job: JobRow, move: JobMove, claim: Claim, result: StageResult): Promise<JobRow | null> {
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
    if (moved) return movedRow(job, move, result)
    log.info({ jobId: job.id, stage: job.stage }, 'the job was moved by somebody else meanwhile')
    await finishWakeup(db, claim)
    return null
  }

  return { runJob }
}

function workOn(stage: LocalStage | ProviderStage, context: StageContext): Promise<Step> {
  if (stage.kind === 'provider') return stage.prepare(context)
  return stage.run(context).then((result) => ({ kind: 'result', ...result }))
}

class Superseded extends Error {}

function diedRepeatedly(claim: Claim): Step {
  const outcome: StageOutcome = {
    kind: 'fail',
    error: {
      code: 'PROCESS_DIED_REPEATEDLY',
      message: `${claim.lapses} holders in a row went away without finishing`,
      retryable: false,
    },
  }
  return { kind: 'result', outcome }
}
