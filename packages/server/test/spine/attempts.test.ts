import { describe, expect, it } from 'vitest'
import type { StageOutcome } from '../../src/core/job.ts'
import type { SubmitAnswer } from '../../src/providers/provider.ts'
import { deferred } from './script.ts'
import { MINUTE, type SetupOptions, setup } from './setup.ts'

const lost: SubmitAnswer = {
  kind: 'unclear',
  error: { code: 'TIMEOUT', message: 'no answer came', retryable: true },
}

/** A job with two attempts out: of the first nobody knows whether it arrived, the second was made because that is safe. */
async function twoAttempts(options: SetupOptions = {}) {
  const spine = await setup({ resubmit: 'safe', ...options })
  spine.script.submit = async () => lost
  const jobId = await spine.startJob()
  const worker = spine.worker()
  await worker.drain()
  spine.script.submit = async () => ({ kind: 'accepted', externalId: 'ext-2' })
  await spine.pass(6 * MINUTE)
  await worker.drain()
  const [older, younger] = await spine.attempts(jobId)
  if (older === undefined || younger === undefined) throw new Error('there are not two attempts')
  return { spine, worker, jobId, older: older.id, younger: younger.id }
}

describe('of two attempts at a stage', () => {
  it('the older one’s success completes the stage and cancels the younger', async () => {
    const { spine, worker, jobId, older, younger } = await twoAttempts()
    await using _ = spine
    await spine.callBack({ by: 'token', expectationId: older, output: 'older' })
    await worker.drain()
    expect(await spine.expectation(older)).toMatchObject({ state: 'succeeded' })
    expect(await spine.expectation(younger)).toMatchObject({ state: 'cancelled' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'done', data: { settled: { parse: older } } })
    expect(await spine.wakeups('expectation')).toEqual([])
    await spine.callBack({ id: 'ext-2' })
    await worker.drain()
    expect(await spine.evidence(younger)).toEqual(['callback:succeeded:late'])
  })

  it('the younger one’s success completes the stage and cancels the older', async () => {
    const { spine, worker, jobId, older, younger } = await twoAttempts()
    await using _ = spine
    await spine.callBack({ id: 'ext-2' })
    await worker.drain()
    expect(await spine.expectation(younger)).toMatchObject({ state: 'succeeded' })
    expect(await spine.expectation(older)).toMatchObject({ state: 'cancelled' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
  })

  it('the older one’s failure changes nothing for the job', async () => {
    const { spine, worker, jobId, older, younger } = await twoAttempts()
    await using _ = spine
    const before = await spine.job(jobId)
    await spine.callBack({ by: 'token', expectationId: older, status: 'broken' })
    await worker.drain()
    expect(await spine.expectation(older)).toMatchObject({ state: 'failed' })
    expect(await spine.expectation(younger)).toMatchObject({ state: 'waiting' })
    expect(await spine.job(jobId)).toEqual(before)
  })

  it('the older one’s failure changes nothing either while the next try is being waited for', async () => {
    const { spine, worker, jobId, older, younger } = await twoAttempts()
    await using _ = spine
    await spine.callBack({ by: 'token', expectationId: younger, status: 'failed' })
    await worker.step('callback')
    const before = await spine.job(jobId)
    expect(before).toMatchObject({ state: 'retryable' })
    await spine.callBack({ by: 'token', expectationId: older, status: 'broken' })
    await worker.step('callback')
    expect(await spine.expectation(older)).toMatchObject({ state: 'failed' })
    expect(await spine.job(jobId)).toEqual(before)
  })

  it('the older one’s deadline changes nothing while the next try is being waited for', async () => {
    const { spine, worker, jobId, older, younger } = await twoAttempts()
    await using _ = spine
    await spine.callBack({ by: 'token', expectationId: younger, status: 'failed' })
    await worker.step('callback')
    await spine.db.query(
      `update becket.expectation set deadline_at = clock_timestamp() - interval '1 second' where id = $1`,
      [older],
    )
    await spine.db.query('update becket.wakeup set due = clock_timestamp() where subject = $1', [older])
    await worker.step('expectation')
    expect(await spine.expectation(older)).toMatchObject({ state: 'expired' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'retryable' })
  })

  it('a success that comes while the other is being submitted leaves none of them open', async () => {
    await using spine = await setup({ resubmit: 'safe' })
    for (let round = 0; round < 10; round++) {
      const answer = deferred<SubmitAnswer>()
      spine.script.submit = async () => lost
      const jobId = await spine.startJob()
      const [one, two] = [spine.worker('one'), spine.worker('two')]
      await one.drain()
      spine.script.submit = () => answer.promise
      await spine.pass(6 * MINUTE)
      await one.step('expectation')
      const older = (await spine.attempts(jobId))[0]?.id ?? ''
      await spine.callBack({ by: 'token', expectationId: older })
      const submitting = one.step('job')
      await two.step('callback')
      answer.resolve({ kind: 'accepted', externalId: `ext-${round}` })
      await submitting
      await two.drain()
      expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
      const open = await spine.all(
        `select 1 from becket.expectation where state in ('submitting', 'waiting', 'unconfirmed')`,
      )
      expect(open).toEqual([])
    }
  })
})

describe('a success of an older attempt while a worker prepares the next one', () => {
  /** The older attempt is unconfirmed, and the worker is about to make another. */
  async function preparing(answer: { kind: 'result'; outcome: StageOutcome } | undefined) {
    const began = deferred<void>()
    const goOn = deferred<void>()
    let isSecond = false
    const spine = await setup({
      resubmit: 'safe',
      stages: {
        prepare: async () => {
          if (!isSecond) return undefined
          began.resolve()
          await goOn.promise
          return answer
        },
      },
    })
    spine.script.submit = async () => lost
    const jobId = await spine.startJob()
    const worker = spine.worker('one')
    await worker.drain()
    isSecond = true
    await spine.pass(6 * MINUTE)
    await worker.step('expectation')
    const late = worker.step('job')
    await began.promise
    await spine.callBack({ by: 'token', expectationId: (await spine.attempts(jobId))[0]?.id ?? '' })
    await spine.worker('two').step('callback')
    return { spine, jobId, late, goOn: goOn.resolve }
  }

  it('leaves that one unmade', async () => {
    const { spine, jobId, late, goOn } = await preparing(undefined)
    await using _ = spine
    goOn()
    await late
    expect(spine.script.submits).toHaveLength(1)
    await spine.worker('two').drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
    expect(await spine.all('select 1 from becket.wakeup')).toEqual([])
  })

  it('is not undone by what the worker then finds out', async () => {
    const error = { code: 'STORAGE_ACCESS_ERROR' as const, message: 'the file is gone', retryable: false }
    const { spine, jobId, late, goOn } = await preparing({ kind: 'result', outcome: { kind: 'fail', error } })
    await using _ = spine
    goOn()
    await late
    expect(await spine.job(jobId)).toMatchObject({ stage: 'validate', state: 'queued' })
    await spine.worker('two').drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
  })
})
