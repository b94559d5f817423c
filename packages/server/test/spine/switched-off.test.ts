/** A source with `enabled: false` takes callbacks in, and submits and asks nothing. */
import { expect, it } from 'vitest'
import { silentLog } from '../../src/observe/log.ts'
import { createValidateStage } from '../../src/pipelines/document/validate.ts'
import { createBreakers } from '../../src/store/breakers.ts'
import { readJob } from '../../src/store/jobs.ts'
import { createMemoryStorage } from '../storage/memory-storage.ts'
import { HOUR, MINUTE, setup } from './setup.ts'

it('is submitted nothing; its jobs wait without counting a try, and go on when it is on again', async () => {
  await using spine = await setup()
  spine.source.enabled = false
  const jobId = await spine.startJob()
  const worker = spine.worker()
  for (let look = 0; look < 5; look++) {
    await worker.drain()
    await spine.pass(MINUTE)
  }
  expect(spine.script.submits).toEqual([])
  expect(await spine.attempts(jobId)).toEqual([])
  expect(await spine.job(jobId)).toMatchObject({ state: 'retryable', attempt: 1 })
  spine.source.enabled = true
  await worker.drain()
  expect(spine.script.submits).toHaveLength(1)
  expect(await spine.job(jobId)).toMatchObject({ state: 'waiting' })
})

it('settles what it promised before by the callback that still comes', async () => {
  await using spine = await setup()
  const jobId = await spine.startJob()
  const worker = spine.worker()
  await worker.drain()
  spine.source.enabled = false
  await spine.callBack({ id: 'ext-1', output: { markdown: '# Here' } })
  await worker.drain()
  expect((await spine.attempts(jobId))[0]).toMatchObject({ state: 'succeeded', settled_by: 'callback' })
})

it('is not asked for a status, an artifact or a lost submit, also by hand; the deadline holds', async () => {
  await using spine = await setup({ abilities: ['check', 'artifact', 'find'], resubmit: 'ask' })
  const asked: string[] = []
  spine.script.artifact = async () => {
    asked.push('artifact')
    return { kind: 'missing' }
  }
  spine.script.find = async () => {
    asked.push('find')
    return null
  }
  const worker = spine.worker()
  const waiting = await spine.startJob()
  await worker.drain()
  spine.script.submit = async () => ({
    kind: 'unclear',
    error: { code: 'TIMEOUT', message: 'no answer came', retryable: true },
  })
  const unconfirmed = await spine.startJob()
  await worker.step('job')
  spine.source.enabled = false
  const [promised] = await spine.attempts(waiting)
  await spine.expectations.check(promised?.id ?? '', { keyId: 'key_test', name: 'somebody', role: 'operator' })
  for (let look = 0; look < 5; look++) {
    await worker.drain()
    await spine.pass(HOUR / 4)
  }
  await worker.drain()
  expect([...spine.script.checks, ...asked]).toEqual([])
  expect((await spine.attempts(waiting)).map(({ state }) => state)).toEqual(['expired'])
  expect((await spine.attempts(unconfirmed)).map(({ state }) => state)).toEqual(['expired'])
})

it('is not asked for a result that a callback only named; the job waits for it', async () => {
  await using spine = await setup()
  const collected: string[] = []
  spine.source.api = {
    ...spine.source.api,
    collect: async ({ id }) => {
      collected.push(id)
      return { kind: 'collected', output: { markdown: '# Fetched' } }
    },
  }
  const { storage } = createMemoryStorage()
  const breakers = createBreakers({ db: spine.db, log: silentLog })
  const validate = createValidateStage({ db: spine.db, storage, breakers, sources: spine.sources })
  const jobId = await spine.startJob()
  await spine.worker().drain()
  spine.source.enabled = false
  await spine.callBack({ id: 'ext-1' })
  await spine.worker().step('callback')
  const job = await readJob(spine.db, jobId)
  if (job === null) throw new Error('the job is gone')
  const { signal } = new AbortController()
  expect((await validate.run({ job, signal })).outcome).toMatchObject({
    kind: 'postpone',
    error: { code: 'PARSE_FAILED', message: 'parser has the result and does not give it: the source is switched off' },
  })
  expect(collected).toEqual([])
  spine.source.enabled = true
  expect((await validate.run({ job, signal })).outcome).toEqual({ kind: 'done' })
})
