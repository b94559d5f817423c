import { describe, expect, it } from 'vitest'
import type { CheckAnswer } from '../../src/providers/provider.ts'
import { deferred } from './script.ts'
import { HOUR, MINUTE, type Spine, setup, somebody } from './setup.ts'

async function waiting(spine: Spine): Promise<string> {
  const request = { source: 'parser', operation: 'parse', key: 'k', externalId: 'ext-1' }
  return (await spine.expectations.register(request, somebody)).expectation.id
}

describe('by hand', () => {
  it('`not-submitted` closes a registered expectation at once, and a callback for it is late', async () => {
    await using spine = await setup()
    const { expectation } = await spine.expectations.register(
      { source: 'parser', operation: 'parse', key: 'k' },
      somebody,
    )
    await spine.expectations.notSubmitted(expectation.id, { reason: 'the upload failed' }, somebody)
    expect(await spine.expectation(expectation.id)).toMatchObject({ state: 'cancelled' })
    expect(await spine.wakeups('expectation')).toEqual([])
    await spine.callBack({ by: 'token', expectationId: expectation.id })
    await spine.worker().drain()
    expect(await spine.evidence(expectation.id)).toEqual(['callback:succeeded:late'])
    expect(await spine.timeline(expectation.id)).toContain('expectation.not-submitted')
  })

  it('`not-submitted` is refused for what was dispatched', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    await expect(spine.expectations.notSubmitted(id, { reason: 'x' }, somebody)).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
    })
  })

  it('`check` asks the provider now, not when the plan says', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    const worker = spine.worker()
    await worker.drain()
    expect(spine.script.checks).toHaveLength(0)
    await spine.expectations.check(id, somebody)
    await worker.drain()
    expect(spine.script.checks).toHaveLength(1)
    expect(await spine.expectation(id)).toMatchObject({ checks: 1, state: 'waiting' })
  })

  it('`extend` moves the deadline out, and the expectation outlives the old one', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    await spine.expectations.extend(id, { by: HOUR, reason: 'it takes long today' }, somebody)
    await spine.pass(HOUR + MINUTE)
    const worker = spine.worker()
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'waiting' })
    await spine.pass(HOUR)
    await worker.drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'expired' })
  })

  it('`extend` while the last check is under way is not overruled by it', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    const answer = deferred<CheckAnswer>()
    const asked = deferred<void>()
    spine.script.check = () => {
      asked.resolve()
      return answer.promise
    }
    await spine.pass(HOUR + MINUTE)
    const checking = spine.worker().step('expectation')
    await asked.promise
    await spine.expectations.extend(id, { by: HOUR, reason: 'wait for it' }, somebody)
    answer.resolve({ kind: 'pending' })
    await checking
    expect(await spine.expectation(id)).toMatchObject({ state: 'waiting' })
    expect(await spine.wakeup('expectation', id)).toMatchObject({ owner: null })
  })

  it('an earlier deadline is kept, even where nothing else would have looked before', async () => {
    await using spine = await setup({ plan: { kind: 'none' }, abilities: [], deadlineMs: 24 * HOUR })
    const id = await waiting(spine)
    const deadline = new Date(Date.now() + 10 * MINUTE).toISOString()
    await spine.expectations.extend(id, { deadline, reason: 'we need to know today' }, somebody)
    await spine.pass(11 * MINUTE)
    await spine.worker().drain()
    expect(await spine.expectation(id)).toMatchObject({ state: 'expired' })
  })

  it('`settle` decides once, and what it decided stays', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    await spine.expectations.settle(id, { verdict: 'succeeded', output: { url: 'x' }, reason: 'I saw it' }, somebody)
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'operator' })
    const settleAgain = spine.expectations.settle(id, { verdict: 'failed', reason: 'no' }, somebody)
    await expect(settleAgain).rejects.toMatchObject({ code: 'STATE_CONFLICT' })
    await spine.callBack({ id: 'ext-1', status: 'broken' })
    await spine.worker().drain()
    expect(await spine.evidence(id)).toEqual(['operator:succeeded:settled', 'callback:failed:contradicting'])
  })

  it('`settle` by two operators at once is done once', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    const answers = await Promise.allSettled(
      (['succeeded', 'failed', 'succeeded'] as const).map((verdict) =>
        spine.expectations.settle(id, { verdict, reason: 'decided' }, somebody),
      ),
    )
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await spine.evidence(id)).toHaveLength(1)
  })

  it('`cancel` closes it, and asks to cancel the job instead where it is a job’s', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    await spine.expectations.cancel(id, { reason: 'not wanted' }, somebody)
    expect(await spine.expectation(id)).toMatchObject({ state: 'cancelled' })
    expect(await spine.wakeups('expectation')).toEqual([])
    const jobId = await spine.startJob()
    await spine.worker().drain()
    const [attempt] = await spine.attempts(jobId)
    await expect(spine.expectations.cancel(attempt?.id ?? '', { reason: 'x' }, somebody)).rejects.toMatchObject({
      code: 'STATE_CONFLICT',
      hint: `Cancel the job instead: becket jobs cancel ${jobId}`,
    })
  })

  it('every act leaves its trace, with who did it', async () => {
    await using spine = await setup()
    const id = await waiting(spine)
    await spine.expectations.check(id, somebody)
    await spine.expectations.extend(id, { by: HOUR, reason: 'slow' }, somebody)
    await spine.expectations.settle(id, { verdict: 'succeeded', reason: 'seen' }, somebody)
    const rows = await spine.all<{ type: string; data: { by?: string } }>(
      'select type, data from becket.event where subject = $1 order by at',
      [id],
    )
    expect(rows.map(({ type }) => type)).toEqual([
      'expectation.registered',
      'expectation.check-asked',
      'expectation.extended',
      'expectation.succeeded',
    ])
    expect(rows.slice(0, 3).map(({ data }) => data.by)).toEqual(['somebody', 'somebody', 'somebody'])
    const [evidence] = await spine.all<{ detail: { by: string; reason: string } }>('select detail from becket.evidence')
    expect(evidence?.detail).toMatchObject({ by: 'somebody', reason: 'seen' })
  })
})
