import { describe, expect, it } from 'vitest'
import type { SubmitAnswer } from '../../src/providers/provider.ts'
import { deferred } from './script.ts'
import { somebody as by, type Spine, setup } from './setup.ts'

const ROUNDS = 25

/** A job whose submit has reached the provider, which answers when the test says so, and what. */
async function underSubmit({ script, startJob, worker }: Spine) {
  const given = deferred<SubmitAnswer>()
  const called = deferred<string>()
  script.submit = ({ clientId }) => {
    called.resolve(clientId)
    return given.promise
  }
  const jobId = await startJob()
  const submitting = worker('one').step('job')
  return {
    id: await called.promise,
    jobId,
    /** Resolves once the answer is stored. */
    answer: async (answer: SubmitAnswer) => {
      given.resolve(answer)
      await submitting
    },
  }
}

describe('a callback that is faster than the answer to the submit', () => {
  it('settles by its token while the provider is still answering, and the late answer changes nothing', async () => {
    await using spine = await setup()
    const { script, startJob, callBack, worker } = spine
    const answer = deferred<SubmitAnswer>()
    const called = deferred<string>()
    script.submit = ({ clientId }) => {
      called.resolve(clientId)
      return answer.promise
    }
    const jobId = await startJob()
    const [submitter, other] = [worker('one'), worker('two')]
    const submitting = submitter.step('job')
    const id = await called.promise
    const callbackId = await callBack({ by: 'token', expectationId: id, output: { markdown: '# Fast' } })
    await other.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'callback', external_id: null })
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'matched', expectation_id: id })

    answer.resolve({ kind: 'accepted', externalId: 'ext-slow' })
    await submitting
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', external_id: 'ext-slow' })
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:settled'])
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
    expect(await spine.wakeups('expectation')).toEqual([])
  })

  it('that names our own id leaves the place of the provider’s id to the answer', async () => {
    await using spine = await setup()
    const { callBack, worker } = spine
    const { id, jobId, answer } = await underSubmit(spine)
    await callBack({ id, output: 'early' })
    await worker('two').drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', external_id: null })

    await answer({ kind: 'accepted', externalId: 'ext-1' })
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', external_id: 'ext-1' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
  })

  it('that nobody can read makes a check due as soon as the answer is stored', async () => {
    await using spine = await setup()
    const { script, callBack, worker } = spine
    const { id, answer } = await underSubmit(spine)
    await callBack({ by: 'token', expectationId: id, body: Buffer.from([0, 255, 128]) })
    await worker('two').step('callback')
    await answer({ kind: 'accepted', externalId: 'ext-1' })
    await worker('two').step('expectation')
    expect(script.checks).toHaveLength(1)
  })

  it('waits as an orphan when it comes by external id, and the answer picks it up', async () => {
    await using spine = await setup()
    const { script, startJob, callBack, worker } = spine
    const answer = deferred<SubmitAnswer>()
    script.submit = () => answer.promise
    const jobId = await startJob()
    const submitting = worker('one').step('job')
    const callbackId = await callBack({ id: 'ext-1', output: 'early' })
    await worker('two').step('callback')
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'orphan' })
    expect(await spine.count('orphan')).toBe(1)

    answer.resolve({ kind: 'accepted', externalId: 'ext-1' })
    await submitting
    expect(await spine.count('orphan')).toBe(0)
    await worker('two').drain()
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'matched' })
    const [attempt] = await spine.attempts(jobId)
    expect(attempt).toMatchObject({ state: 'succeeded', settled_by: 'callback', external_id: 'ext-1' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
  })

  it('is never lost, in whichever order it and the answer are written at the same time', async () => {
    await using spine = await setup()
    const { script, startJob, callBack, worker } = spine
    const [submitter, matcher] = [worker('one'), worker('two')]
    const ids: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const answer = deferred<SubmitAnswer>()
      const called = deferred<void>()
      script.submit = () => {
        called.resolve()
        return answer.promise
      }
      ids.push(await startJob())
      const submitting = submitter.step('job')
      await called.promise
      await callBack({ id: `ext-${round}`, output: round })
      const matching = matcher.step('callback')
      answer.resolve({ kind: 'accepted', externalId: `ext-${round}` })
      await Promise.all([submitting, matching])
      await matcher.drain()
    }
    expect(await spine.count('orphan')).toBe(0)
    for (const id of ids) expect(await spine.job(id)).toMatchObject({ state: 'done' })
    expect(await spine.all('select fate from becket.callback group by fate')).toEqual([{ fate: 'matched' }])
    expect(await spine.all(`select 1 from becket.evidence where relation = 'settled'`)).toHaveLength(ROUNDS)
  })

  it('that tells the provider’s id settles what came by that id alone before it', async () => {
    await using spine = await setup()
    const { script, startJob, callBack, worker } = spine
    const called = deferred<string>()
    script.submit = ({ clientId }) => {
      called.resolve(clientId)
      return new Promise<SubmitAnswer>(() => {})
    }
    await startJob()
    void worker('one').step('job')
    const id = await called.promise
    const early = await callBack({ id: 'ext-1', status: 'working', eventId: 'e1' })
    await worker('two').drain()
    expect(await spine.callback(early)).toMatchObject({ fate: 'orphan' })
    await callBack({ by: 'token', expectationId: id, id: 'ext-1', eventId: 'e2' })
    await worker('two').drain()
    expect(await spine.callback(early)).toMatchObject({ fate: 'matched', expectation_id: id })
    expect(await spine.count('orphan')).toBe(0)
  })

  it('that names another id than the late answer does leaves the answer without a fault', async () => {
    await using spine = await setup()
    const { callBack, worker } = spine
    const { id, jobId, answer } = await underSubmit(spine)
    await callBack({ by: 'token', expectationId: id, id: 'result-7' })
    await worker('two').drain()
    await answer({ kind: 'accepted', externalId: 'job-7' })
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', external_id: 'result-7' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
  })

  it('settles once when an application says `dispatched` at the very moment the callback is matched', async () => {
    await using spine = await setup()
    const { expectations, callBack, worker } = spine
    const matcher = worker()
    for (let round = 0; round < ROUNDS; round++) {
      const { expectation } = await expectations.register(
        { source: 'parser', operation: 'parse', key: `k${round}` },
        by,
      )
      await callBack({ id: `app-${round}` })
      await Promise.all([
        matcher.step('callback'),
        expectations.dispatched(expectation.id, { externalId: `app-${round}` }, by),
      ])
      await matcher.drain()
      expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'succeeded', settled_by: 'callback' })
    }
    expect(await spine.count('orphan')).toBe(0)
  })

  it('settles an expectation that is registered with the external id while the callback is matched', async () => {
    await using spine = await setup()
    const { expectations, callBack, worker } = spine
    const matcher = worker()
    for (let round = 0; round < ROUNDS; round++) {
      await callBack({ id: `known-${round}` })
      const request = { source: 'parser', operation: 'parse', key: `k${round}`, externalId: `known-${round}` }
      const [{ expectation }] = await Promise.all([expectations.register(request, by), matcher.step('callback')])
      await matcher.drain()
      expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'succeeded' })
    }
    expect(await spine.count('orphan')).toBe(0)
  })
})
