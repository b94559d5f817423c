import { describe, expect, it } from 'vitest'
import type { SubmitAnswer } from '../../src/providers/provider.ts'
import { MINUTE, setup } from './setup.ts'

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
    spine.script.submit = async () => answers.shift() ?? { kind: 'unclear', error }
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
