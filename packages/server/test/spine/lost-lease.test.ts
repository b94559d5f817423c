import { describe, expect, it } from 'vitest'
import type { CheckAnswer, SubmitAnswer } from '../../src/providers/provider.ts'
import { LostLease } from '../../src/store/wakeups.ts'
import { deferred } from './script.ts'
import { HOUR, MINUTE, type Spine, setup } from './setup.ts'

/** A worker is calling the provider; the answer is the test's to give. */
async function submitting(spine: Spine) {
  const answer = deferred<SubmitAnswer>()
  const called = deferred<string>()
  spine.script.submit = ({ clientId }) => {
    called.resolve(clientId)
    return answer.promise
  }
  const jobId = await spine.startJob()
  const done = spine.worker('slow').step('job')
  done.catch(called.reject)
  return { jobId, id: await called.promise, answer: answer.resolve, done }
}

describe('a worker that wakes up after its lease was taken', () => {
  it('has its writes rolled back, and nothing is done twice', async () => {
    let effects = 0
    const slow = deferred<void>()
    const began = deferred<void>()
    await using spine = await setup({
      stages: {
        validate: async () => {
          const isFirst = effects++ === 0
          began.resolve()
          if (isFirst) await slow.promise
          return {
            outcome: { kind: 'done' },
            effects: async (tx) => void (await tx.query(`insert into becket.effect values ('validate')`)),
          }
        },
      },
    })
    await spine.db.query('create table becket.effect (what text)')
    spine.script.submit = async () => ({
      kind: 'answered',
      externalId: null,
      outcome: { verdict: 'succeeded', output: { markdown: '#' } },
    })
    const jobId = await spine.startJob()
    const [first, second] = [spine.worker('slow'), spine.worker('fast')]
    await first.step('job')
    const [claim] = await first.claim('job')
    if (claim === undefined) throw new Error('validate was not due')
    const late = first.handle(claim)
    await began.promise
    await spine.pass(MINUTE)
    await second.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
    slow.resolve()
    await expect(late).rejects.toBeInstanceOf(LostLease)
    expect(await spine.count('effect')).toBe(1)
    expect((await spine.timeline(jobId)).filter((type) => type === 'stage.done')).toHaveLength(4)
  })

  it('cannot move a job that another worker holds and has not moved yet', async () => {
    const slow = deferred<void>()
    const began = deferred<void>()
    await using spine = await setup({
      stages: {
        validate: async () => {
          began.resolve()
          await slow.promise
          return { outcome: { kind: 'done' } }
        },
      },
    })
    spine.script.submit = async () => ({
      kind: 'answered',
      externalId: null,
      outcome: { verdict: 'succeeded', output: null },
    })
    const jobId = await spine.startJob()
    const first = spine.worker('slow')
    await first.step('job')
    const [claim] = await first.claim('job')
    if (claim === undefined) throw new Error('validate was not due')
    const late = first.handle(claim)
    await began.promise
    await spine.pass(MINUTE)
    await spine.worker('fast').claim('job')
    const before = await spine.job(jobId)
    slow.resolve()
    await expect(late).rejects.toBeInstanceOf(LostLease)
    expect(await spine.job(jobId)).toMatchObject({ stage: 'validate', version: before.version })
    expect(await spine.wakeup('job', jobId)).toMatchObject({ owner: 'ins_fast' })
  })

  it('still brings its late submit answer: it counts as dispatch, and is not fenced', async () => {
    await using spine = await setup()
    const { id, answer, done } = await submitting(spine)
    await spine.pass(MINUTE)
    await spine.worker('fast').step('expectation')
    expect(await spine.expectation(id)).toMatchObject({ state: 'unconfirmed' })
    answer({ kind: 'accepted', externalId: 'ext-late' })
    await done
    expect(await spine.expectation(id)).toMatchObject({ state: 'waiting', external_id: 'ext-late' })
    expect(await spine.wakeup('expectation', id)).toMatchObject({ owner: null })
    expect(spine.script.submits).toHaveLength(1)
  })

  it('still brings its late submit answer while another worker is looking at the expectation', async () => {
    await using spine = await setup()
    const { id, answer, done } = await submitting(spine)
    await spine.pass(MINUTE)
    const other = spine.worker('fast')
    const [claim] = await other.claim('expectation')
    if (claim === undefined) throw new Error('the expectation was not due')
    answer({ kind: 'accepted', externalId: 'ext-late' })
    await done
    expect(await spine.wakeup('expectation', id)).toMatchObject({ owner: 'ins_fast', seq: 1 })
    await other.handle(claim)
    expect(await spine.expectation(id)).toMatchObject({ state: 'waiting', external_id: 'ext-late' })
    expect(await spine.wakeup('expectation', id)).toMatchObject({ owner: null })
  })

  it('still settles by what the provider answered at once', async () => {
    await using spine = await setup()
    const { jobId, id, answer, done } = await submitting(spine)
    await spine.pass(MINUTE)
    await spine.worker('fast').step('expectation')
    answer({ kind: 'answered', externalId: null, outcome: { verdict: 'succeeded', output: 'late but true' } })
    await done
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'response' })
    expect(await spine.evidence(id)).toEqual(['response:succeeded:settled'])
    expect(await spine.wakeups('expectation')).toEqual([])
    await spine.worker('fast').drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
  })

  it('and brings a check’s outcome settles nothing twice', async () => {
    await using spine = await setup()
    const answers = [deferred<CheckAnswer>(), deferred<CheckAnswer>()]
    const asked = [deferred<void>(), deferred<void>()]
    let turn = 0
    spine.script.check = () => {
      const mine = turn++
      asked[mine]?.resolve()
      return answers[mine]?.promise ?? Promise.resolve({ kind: 'pending' })
    }
    const jobId = await spine.startJob()
    const [first, second] = [spine.worker('slow'), spine.worker('fast')]
    await first.step('job')
    const [attempt] = await spine.attempts(jobId)
    const id = attempt?.id ?? ''
    await spine.pass(6 * MINUTE)
    const late = first.step('expectation')
    await asked[0]?.promise
    await spine.pass(MINUTE)
    const current = second.step('expectation')
    await asked[1]?.promise
    answers[1]?.resolve({ kind: 'outcome', outcome: { verdict: 'succeeded', output: 1 } })
    await current
    answers[0]?.resolve({ kind: 'outcome', outcome: { verdict: 'succeeded', output: 1 } })
    await late
    expect(await spine.evidence(id)).toEqual(['check:succeeded:settled', 'check:succeeded:duplicate'])
    expect((await spine.timeline(id)).filter((type) => type === 'expectation.succeeded')).toHaveLength(1)
    await second.drain()
    expect(await spine.job(jobId)).toMatchObject({ state: 'done' })
  })

  it('and reads a callback that was read meanwhile records it once', async () => {
    await using spine = await setup({ settlesAtIntake: false })
    const jobId = await spine.startJob()
    const [first, second] = [spine.worker('slow'), spine.worker('fast')]
    await first.step('job')
    const id = (await spine.attempts(jobId))[0]?.id ?? ''
    const callbackId = await spine.callBack({ by: 'token', expectationId: id })
    const [late] = await first.claim('callback')
    if (late === undefined) throw new Error('the callback was not due')
    await spine.pass(MINUTE)
    await second.drain()
    await expect(first.handle(late)).rejects.toBeInstanceOf(LostLease)
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:settled'])
    expect(await spine.callback(callbackId)).toMatchObject({ fate: 'matched' })
  })

  it('and finds nothing new changes nothing', async () => {
    await using spine = await setup()
    const answer = deferred<CheckAnswer>()
    const asked = deferred<void>()
    spine.script.check = () => {
      asked.resolve()
      return answer.promise
    }
    const jobId = await spine.startJob()
    const first = spine.worker('slow')
    await first.step('job')
    const id = (await spine.attempts(jobId))[0]?.id ?? ''
    await spine.pass(6 * MINUTE)
    const late = first.step('expectation')
    await asked.promise
    await spine.callBack({ by: 'token', expectationId: id })
    await spine.worker('fast').drain()
    answer.resolve({ kind: 'pending' })
    await expect(late).rejects.toBeInstanceOf(LostLease)
    expect(await spine.evidence(id)).toEqual(['callback:succeeded:settled'])
    expect(await spine.wakeups('expectation')).toEqual([])
  })
})

describe('a submit that takes longer than a lease renewal', () => {
  it('is not aborted because its job was handed over: only the expectation’s lease matters by then', async () => {
    await using spine = await setup({ deadlineMs: HOUR })
    const answer = deferred<SubmitAnswer>()
    const called = deferred<AbortSignal>()
    spine.script.submit = (_request, signal) => {
      called.resolve(signal)
      return answer.promise
    }
    await spine.startJob()
    const worker = spine.worker()
    const [claim] = await worker.claim('job')
    if (claim === undefined) throw new Error('the job was not due')
    const done = worker.handle(claim)
    const signal = await called.promise
    await spine.pass(10_000)
    await worker.leases.start()
    await worker.leases.stop()
    expect((await spine.wakeups('expectation'))[0]?.dueInMs).toBeGreaterThan(10_000)
    expect(signal.aborted).toBe(false)
    answer.resolve({ kind: 'accepted', externalId: 'ext-1' })
    await done
    expect((await spine.all(`select state from becket.expectation`))[0]).toEqual({ state: 'waiting' })
  })
})
