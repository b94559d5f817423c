import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffCeilingMs } from './backoff.ts'
import { documentPipeline } from './document-pipeline.ts'
import {
  cancelJob,
  decideJob,
  type JobError,
  type JobPosition,
  type RetryPolicy,
  retryJob,
  type StageOutcome,
} from './job.ts'
import { type JobState, jobStates, jobTransitions } from './job-state.ts'
import { rankOfStage, stageAfter } from './pipeline.ts'

const shape = documentPipeline
const stages = shape.stages.map(({ name }) => name)
const policy: RetryPolicy = { maxRetries: 3, baseMs: 5_000, capMs: 300_000 }
const error: JobError = { code: 'PROVIDER_FAILED', message: 'no answer', retryable: true }
const unlucky = () => 1 - Number.EPSILON

const outcome: fc.Arbitrary<StageOutcome> = fc.oneof(
  fc.constant<StageOutcome>({ kind: 'done' }),
  fc.constant<StageOutcome>({ kind: 'again' }),
  fc.constant<StageOutcome>({ kind: 'handed-over' }),
  fc.constant<StageOutcome>({ kind: 'retry', error }),
  fc.nat().map((afterMs): StageOutcome => ({ kind: 'retry', error, afterMs })),
  fc.nat().map((afterMs): StageOutcome => ({ kind: 'postpone', error, afterMs })),
  fc.nat().map((afterMs): StageOutcome => ({ kind: 'postpone', error: null, afterMs })),
  fc.constant<StageOutcome>({ kind: 'fail', error }),
)

function positionIn(...states: JobState[]): fc.Arbitrary<JobPosition> {
  return fc.record({
    stage: fc.constantFrom(...stages),
    state: fc.constantFrom(...states),
    attempt: fc.integer({ min: 1, max: 6 }),
    postponed: fc.nat({ max: 50 }),
  })
}

function decide(job: JobPosition, result: StageOutcome, random = unlucky) {
  return decideJob(shape, job, result, policy, random)
}

const first: JobPosition = { stage: 'parse', state: 'queued', attempt: 1, postponed: 0 }

describe('a job', () => {
  it('that a worker holds moves only along the transition table', () => {
    fc.assert(
      fc.property(positionIn('queued', 'retryable'), outcome, (job, result) => {
        expect(jobTransitions[job.state]).toContain(decide(job, result).state)
      }),
    )
  })

  it('that waits for a provider moves only along the transition table', () => {
    const settled = outcome.filter(({ kind }) => kind !== 'handed-over')
    fc.assert(
      fc.property(positionIn('waiting'), settled, (job, result) => {
        expect(jobTransitions.waiting).toContain(decide(job, result).state)
      }),
    )
  })

  it('that was given up comes back only by a late success or by hand', () => {
    fc.assert(
      fc.property(positionIn('deadletter'), (job) => {
        expect(jobTransitions.deadletter).toContain(decide(job, { kind: 'done' }).state)
        expect(jobTransitions.deadletter).toContain(decide(job, { kind: 'again' }).state)
        expect(jobTransitions.deadletter).toContain(retryJob(shape, job).state)
      }),
    )
    expect(jobTransitions.deadletter).not.toContain('retryable')
    expect(jobTransitions.deadletter).not.toContain('waiting')
  })

  it('can be cancelled wherever it is open', () => {
    fc.assert(
      fc.property(positionIn('queued', 'waiting', 'retryable'), (job) => {
        const move = cancelJob(shape, job)
        expect(jobTransitions[job.state]).toContain(move.state)
        expect(move).toMatchObject({ state: 'cancelled', stage: job.stage, dueInMs: null, error: null })
      }),
    )
  })

  it('that is done or cancelled stays so', () => {
    expect(jobTransitions.done).toEqual([])
    expect(jobTransitions.cancelled).toEqual([])
  })

  it('has no state that cannot be reached from a new one', () => {
    const reached = new Set<JobState>(['queued'])
    for (const state of reached) for (const next of jobTransitions[state]) reached.add(next)
    expect([...reached].sort()).toEqual([...jobStates].sort())
  })

  it('never goes back a stage, and forward one at a time', () => {
    fc.assert(
      fc.property(positionIn('queued', 'waiting', 'retryable'), outcome, (job, result) => {
        const step = rankOfStage(shape, decide(job, result).stage) - rankOfStage(shape, job.stage)
        expect([0, 1]).toContain(step)
        if (step === 1) expect(result.kind).toBe('done')
      }),
    )
  })

  it('that is open needs a worker, or waits for a provider: nothing is left without a next step', () => {
    fc.assert(
      fc.property(positionIn('queued', 'waiting', 'retryable'), outcome, (job, result) => {
        const move = decide(job, result)
        const isRunnable = move.state === 'queued' || move.state === 'retryable'
        expect(move.dueInMs !== null).toBe(isRunnable)
        expect(move.rank).toBe(rankOfStage(shape, move.stage))
      }),
    )
  })

  it('tells why, exactly where something is wrong', () => {
    fc.assert(
      fc.property(positionIn('queued', 'waiting', 'retryable'), outcome, (job, result) => {
        const move = decide(job, result)
        const isOnlyWaiting = result.kind === 'postpone' && result.error === null
        expect(move.error !== null).toBe(!isOnlyWaiting && (move.state === 'retryable' || move.state === 'deadletter'))
      }),
    )
  })

  it('walks through all stages to the end when each is done', () => {
    let job: JobPosition = first
    const walked = [job.stage]
    for (let step = 0; job.state !== 'done'; step++) {
      if (step > 100) throw new Error('it never ended')
      const move = decide(job, { kind: 'done' })
      if (move.state !== 'done') walked.push(move.stage)
      job = move
    }
    expect(walked).toEqual(stages)
    expect(stageAfter(shape, job.stage)).toBeNull()
  })
})

describe('a stage that fails', () => {
  it('is tried once and then as often as the policy allows, and the job is given up', () => {
    let job: JobPosition = first
    let tries = 0
    while (job.state !== 'deadletter') {
      job = decide(job, { kind: 'retry', error })
      tries += 1
      if (tries > 100) throw new Error('it never ended')
    }
    expect(tries).toBe(1 + policy.maxRetries)
    expect(job).toMatchObject({ stage: 'parse', error })
  })

  it('waits between its tries no longer than the backoff allows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, luck) => {
        const { dueInMs } = decide({ ...first, attempt }, { kind: 'retry', error }, () => luck)
        expect(dueInMs).toBeGreaterThanOrEqual(0)
        expect(dueInMs).toBeLessThanOrEqual(backoffCeilingMs({ attempt, ...policy }))
      }),
    )
  })

  it('waits as long as its own schedule says, where it has one', () => {
    expect(decide(first, { kind: 'retry', error, afterMs: 1_234 })).toMatchObject({ dueInMs: 1_234, attempt: 2 })
  })

  it('is put off without that counting as a try, however often', () => {
    let job: JobPosition = { ...first, attempt: 2 }
    for (let times = 1; times <= 500; times++) {
      job = decide(job, { kind: 'postpone', afterMs: 60_000, error })
      expect(job).toMatchObject({ state: 'retryable', attempt: 2, postponed: times, dueInMs: 60_000 })
    }
  })

  it('costs the next stage nothing: its tries begin anew', () => {
    expect(decide({ ...first, attempt: 3, postponed: 7 }, { kind: 'done' })).toMatchObject({
      stage: 'validate',
      attempt: 1,
      postponed: 0,
    })
  })

  it('for good is given up at the first try', () => {
    expect(decide(first, { kind: 'fail', error })).toMatchObject({ state: 'deadletter', attempt: 1, dueInMs: null })
  })
})

describe('an operator’s retry', () => {
  it.each([
    ['parse', 'parse'],
    // Reading the same empty text again would only fail again.
    ['validate', 'parse'],
    ['chunk', 'chunk'],
    ['embed', 'embed'],
    ['store', 'embed'],
  ])('of a job given up at %s begins at %s, with all its tries', (stage, from) => {
    expect(retryJob(shape, { stage, state: 'deadletter', attempt: 4, postponed: 9 })).toEqual({
      stage: from,
      rank: rankOfStage(shape, from),
      state: 'queued',
      attempt: 1,
      postponed: 0,
      dueInMs: 0,
      error: null,
    })
  })
})

describe('a pipeline', () => {
  it('serves later stages first', () => {
    const ranks = stages.map((stage) => rankOfStage(shape, stage))
    expect(ranks).toEqual([...ranks].sort((one, other) => one - other))
    expect(new Set(ranks).size).toBe(ranks.length)
  })

  it('says so when it is asked for a stage that it does not have', () => {
    expect(() => decide({ ...first, stage: 'print' }, { kind: 'done' })).toThrow('pipeline document has no stage print')
  })
})
