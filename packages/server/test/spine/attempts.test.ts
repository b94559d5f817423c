import { describe, expect, it } from 'vitest'
import type { SubmitAnswer } from '../../src/providers/provider.ts'
import { deferred } from './script.ts'
import { HOUR, MINUTE, type SetupOptions, type Spine, setup, somebody } from './setup.ts'

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

describe('a provider that answers at once', () => {
  it('settles by `response`, and the job goes on without another word', async () => {
    await using spine = await setup()
    spine.script.submit = async () => ({
      kind: 'answered',
      externalId: 'ext-1',
      outcome: { verdict: 'succeeded', output: { markdown: '# At once' } },
    })
    const jobId = await spine.startJob()
    await spine.worker().drain()
    const [attempt] = await spine.attempts(jobId)
    expect(attempt).toMatchObject({ state: 'succeeded', settled_by: 'response', external_id: 'ext-1' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'done', stage: 'store' })
    expect(await spine.all('select 1 from becket.wakeup')).toEqual([])
  })

  it('with an output that is of no use counts as failed, with none of its effects, and is tried again', async () => {
    await using spine = await setup({
      stages: {
        submission: {
          absorb: () => ({
            kind: 'unusable',
            error: { code: 'EMBEDDING_INVALID', message: 'a vector of zeros', retryable: true },
          }),
        },
      },
    })
    spine.script.submit = async () => ({
      kind: 'answered',
      externalId: null,
      outcome: { verdict: 'succeeded', output: [0] },
    })
    const jobId = await spine.startJob()
    await spine.worker().drain()
    expect((await spine.attempts(jobId))[0]).toMatchObject({ state: 'failed', settled_by: 'response' })
    expect(await spine.job(jobId)).toMatchObject({
      state: 'retryable',
      attempt: 2,
      error: { code: 'EMBEDDING_INVALID' },
    })
  })

  it('with a refusal that may pass costs a try, and with a rate limit costs none', async () => {
    await using spine = await setup()
    const error = { code: 'NOT_NOW', message: 'come back later', retryable: true }
    const answers: SubmitAnswer[] = [
      { kind: 'refused', error },
      { kind: 'refused', error, retryAfterMs: 30_000 },
    ]
    spine.script.submit = async () => answers.shift() ?? lost
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'retryable', attempt: 2, postponed: 0 })
    await spine.pass(MINUTE)
    await worker.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'retryable', attempt: 2, postponed: 1 })
    expect((await spine.wakeup('job', jobId))?.dueInMs).toBeGreaterThan(25_000)
  })
})

describe('an expectation whose deadline passed', () => {
  it('is expired, with its job among the dead letters; a late success revives both', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    const id = (await spine.attempts(jobId))[0]?.id ?? ''
    await spine.pass(2 * HOUR)
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'expired', settled_by: null })
    expect(await spine.job(jobId)).toMatchObject({ state: 'deadletter', error: { code: 'PARSE_TIMED_OUT' } })
    expect(await spine.all('select 1 from becket.wakeup')).toEqual([])

    await spine.callBack({ id: 'ext-1' })
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'callback' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'done', error: null })
    expect((await spine.evidence(id)).at(-1)).toBe('callback:succeeded:revived')
  })

  it('stays expired when a failure comes late', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    const id = (await spine.attempts(jobId))[0]?.id ?? ''
    await spine.pass(2 * HOUR)
    await worker.drain()
    await spine.callBack({ id: 'ext-1', status: 'broken' })
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'expired' })
    expect((await spine.evidence(id)).at(-1)).toBe('callback:failed:late')
  })

  it('is asked about a last time, and settles if that brings the outcome', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    spine.script.check = async () => ({ kind: 'outcome', outcome: { verdict: 'succeeded', output: null } })
    await spine.pass(2 * HOUR)
    await worker.drain()
    expect((await spine.attempts(jobId))[0]).toMatchObject({ state: 'succeeded', settled_by: 'check', checks: 1 })
  })

  it('is given up even when the code that asks is broken', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    spine.script.check = () => Promise.reject(new Error('a bug in the provider'))
    await spine.pass(2 * HOUR)
    await worker.drain()
    expect((await spine.attempts(jobId))[0]).toMatchObject({ state: 'expired' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'deadletter' })
  })

  it('is found by its artifact where the status API knows nothing', async () => {
    await using spine = await setup({ abilities: ['check', 'artifact'] })
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    spine.script.check = async () => ({ kind: 'missing' })
    spine.script.artifact = async () => ({ kind: 'found', output: { url: 'https://files.test/1' } })
    await spine.pass(6 * MINUTE)
    await worker.drain()
    expect((await spine.attempts(jobId))[0]).toMatchObject({ state: 'succeeded', settled_by: 'artifact' })
  })
})

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
    for (let round = 0; round < 10; round++) {
      await using spine = await setup({ resubmit: 'safe' })
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

describe('a job that is cancelled by hand', () => {
  it('takes its open attempts with it, and what comes later is late', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    const id = (await spine.attempts(jobId))[0]?.id ?? ''
    await spine.jobs.cancel(jobId, { reason: 'not wanted any more' }, somebody)
    expect(await spine.expectation(id)).toMatchObject({ state: 'cancelled' })
    expect(await spine.all('select 1 from becket.wakeup')).toEqual([])
    await spine.callBack({ id: 'ext-1' })
    await worker.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'cancelled' })
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:late'])
  })

  it('while it is being handed over leaves nothing open', async () => {
    for (let round = 0; round < 10; round++) {
      await using spine = await setup()
      const jobId = await spine.startJob()
      const worker = spine.worker()
      const handing = worker.step('job').catch(() => 0)
      await Promise.all([handing, spine.jobs.cancel(jobId, { reason: 'not wanted' }, somebody)])
      expect(await spine.job(jobId)).toMatchObject({ state: 'cancelled' })
      expect(
        await spine.all(`select 1 from becket.expectation where state in ('submitting', 'waiting', 'unconfirmed')`),
      ).toEqual([])
    }
  })
})

describe('a dead letter that is tried again by hand', () => {
  it('begins its stage anew with another attempt, and may complete', async () => {
    const spine: Spine = await setup()
    await using _ = spine
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    await spine.callBack({ id: 'ext-1', status: 'broken' })
    await worker.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'deadletter', error: { code: 'PARSE_FAILED' } })
    await spine.jobs.retry(jobId, somebody)
    await worker.drain()
    await spine.callBack({ id: 'ext-2' })
    await worker.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
    expect((await spine.attempts(jobId)).map(({ attempt, state }) => [attempt, state])).toEqual([
      [1, 'failed'],
      [2, 'succeeded'],
    ])
  })
})
