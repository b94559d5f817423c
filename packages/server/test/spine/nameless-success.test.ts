import { describe, expect, it } from 'vitest'
import type { SubmitAnswer } from '../../src/providers/provider.ts'
import { deferred } from './script.ts'
import { MINUTE, type SetupOptions, setup, somebody } from './setup.ts'

const output = { markdown: '# Found by its id' }

/** A submit that the provider has taken and not answered yet. */
async function submitting(options: SetupOptions = {}) {
  const spine = await setup({ resubmit: 'safe', ...options })
  const called = deferred<string>()
  const answer = deferred<SubmitAnswer>()
  spine.script.submit = ({ clientId }) => {
    called.resolve(clientId)
    return answer.promise
  }
  spine.script.check = async () => ({ kind: 'outcome', outcome: { verdict: 'succeeded', output } })
  const jobId = await spine.startJob()
  const over = spine.worker('first').step('job')
  over.catch(() => {})
  return { spine, jobId, id: await called.promise, answer, over }
}

describe('a callback that says "done", with neither the result nor the id that it lies under', () => {
  it('has the provider asked as soon as the answer to the submit tells the id', async () => {
    const { spine, jobId, id, answer, over } = await submitting()
    await using _ = spine
    const callbackId = await spine.callBack({ by: 'token', expectationId: id, status: 'ready' })
    await spine.worker('second').drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'submitting' })
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'matched' })
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:inconclusive'])

    answer.resolve({ kind: 'accepted', externalId: 'ext-1' })
    await over
    await spine.worker('second').drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'check', external_id: 'ext-1' })
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
  })

  it('settles nothing where the id was lost with the process that asked for it: another attempt is made', async () => {
    const { spine, jobId, id } = await submitting()
    await using _ = spine
    await spine.callBack({ by: 'token', expectationId: id, status: 'ready' })
    await spine.pass(20_000)
    const heir = spine.worker('heir')
    await heir.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'unconfirmed' })
    await spine.callBack({ by: 'token', expectationId: id, status: 'ready', eventId: 'again' })
    await heir.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'unconfirmed' })

    spine.script.submit = async () => ({ kind: 'accepted', externalId: 'ext-2' })
    await spine.pass(6 * MINUTE)
    await heir.drain()
    await spine.callBack({ id: 'ext-2', status: 'ready' })
    await heir.drain()
    expect((await spine.attempts(jobId)).map(({ state }) => state)).toEqual(['cancelled', 'succeeded'])
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
  })

  it('settles an expectation of an application, which fetches the result itself', async () => {
    await using spine = await setup()
    const { expectation } = await spine.expectations.register(
      { source: 'parser', operation: 'parse', key: 'k' },
      somebody,
    )
    await spine.callBack({ by: 'token', expectationId: expectation.id, status: 'ready' })
    await spine.worker().drain()
    expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'succeeded', settled_by: 'callback' })
  })

  it('settles at once where the id is known already', async () => {
    const { spine, id, answer, over } = await submitting()
    await using _ = spine
    answer.resolve({ kind: 'accepted', externalId: 'ext-1' })
    await over
    await spine.callBack({ by: 'token', expectationId: id, status: 'ready' })
    await spine.worker('second').drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'callback' })
  })
})
