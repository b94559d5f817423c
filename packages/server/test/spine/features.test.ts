/** What a job without a feature is spared, and what holds all the same. */
import { describe, expect, it } from 'vitest'
import { allFeatures, createFeatures, type FeatureName } from '../../src/core/feature.ts'
import { noRoom } from '../../src/store/handover.ts'
import { listDeliveries } from '../../src/store/outbox.ts'
import { createBox } from './box.ts'
import { HOUR, MINUTE, setup, somebody } from './setup.ts'

const partly = (percent: number, ...names: FeatureName[]) =>
  createFeatures({
    ...allFeatures.settings,
    ...Object.fromEntries(names.map((name) => [name, { enabled: true, percent }])),
  })
const without = (...names: FeatureName[]) => partly(0, ...names)

describe('without recovery', () => {
  it('nobody is asked, and the deadline holds', async () => {
    await using spine = await setup({ features: without('recovery'), abilities: ['check', 'artifact', 'find'] })
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    for (let look = 0; look < 5; look++) {
      await spine.pass(HOUR / 4)
      await worker.drain()
    }
    expect(spine.script.checks).toEqual([])
    expect((await spine.attempts(jobId))[0]).toMatchObject({ state: 'expired' })
  })

  it('for some, exactly those jobs are asked after that have it', async () => {
    const features = partly(50, 'recovery')
    await using spine = await setup({ features })
    const jobs = await Promise.all(Array.from({ length: 8 }, () => spine.startJob()))
    const worker = spine.worker()
    await worker.drain()
    await spine.pass(6 * MINUTE)
    await worker.drain()
    const asked = await Promise.all(jobs.map(async (job) => ((await spine.attempts(job))[0]?.checks ?? 0) > 0))
    expect(asked).toEqual(jobs.map((job) => features.has('recovery', job)))
  })
})

describe('without artifacts', () => {
  it('the output is not looked for, though the status API has nothing to say', async () => {
    await using spine = await setup({ features: without('artifacts'), abilities: ['check', 'artifact'] })
    let looked = 0
    spine.script.check = async () => ({ kind: 'missing' })
    spine.script.artifact = async () => {
      looked++
      return { kind: 'missing' }
    }
    await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    await spine.pass(6 * MINUTE)
    await worker.drain()
    expect([spine.script.checks.length, looked]).toEqual([1, 0])
  })
})

describe('without breakers', () => {
  it('a provider that fails is called by each job all the same', async () => {
    const failing = { kind: 'refused', error: { code: 'HTTP_503', message: 'not now', retryable: true } } as const
    for (const [features, expected] of [
      [undefined, 5],
      [without('breakers'), 8],
    ] as const) {
      // None is tried again, which would count as one more once a slow machine has taken a second.
      await using spine = await setup({ features, maxRetries: 0 })
      spine.script.submit = async () => failing
      for (let job = 0; job < 8; job++) {
        await spine.startJob()
        await spine.worker().step('job')
      }
      expect(spine.script.submits).toHaveLength(expected)
    }
  })
})

describe('without limits of concurrency', () => {
  it('a job is handed over though the provider has as much in hand as it may', async () => {
    const room = { ...noRoom(() => {}), isLimited: () => true }
    await using spine = await setup({ features: without('concurrency'), concurrency: 1, room })
    await Promise.all([spine.startJob(), spine.startJob()])
    await spine.worker().drain()
    expect(spine.script.submits).toHaveLength(2)
  })
})

describe('verification that only reports', () => {
  it('keeps a forgery as what proves nothing: it settles nothing, and makes a check due', async () => {
    await using spine = await setup({ features: without('verification') })
    const jobId = await spine.startJob()
    const worker = spine.worker()
    await worker.drain()
    const [attempt] = await spine.attempts(jobId)
    const id = await spine.callBack({ by: 'forgery', id: attempt?.external_id ?? '', output: { markdown: '# No' } })
    await worker.step('callback')
    const [callback] = await spine.all('select verdict, verdict_reason from becket.callback where id = $1', [id])
    expect(callback).toEqual({
      verdict: 'unsigned',
      verdict_reason: expect.stringMatching(/^only reported, else it would be refused: /),
    })
    expect((await spine.attempts(jobId))[0]).toMatchObject({ state: 'waiting' })
    await worker.drain()
    expect(spine.script.checks).toHaveLength(1)
  })

  it('refuses as ever where it is strict', async () => {
    await using spine = await setup({ features: partly(100, 'verification') })
    await expect(spine.callBack({ by: 'forgery', id: 'ext-1' })).rejects.toMatchObject({ code: 'CALLBACK_REFUSED' })
  })

  it('is bounded like what is refused: past the quota of a day nothing is kept', async () => {
    await using spine = await setup({ features: without('verification') })
    const intake = spine.intakeOn(spine.db, 10)
    await expect(intake.receive(spine.request({ by: 'forgery', id: 'ext-1' }))).rejects.toMatchObject({
      code: 'CALLBACK_REFUSED',
    })
    expect(await spine.all('select 1 from becket.callback')).toEqual([])
  })
})

describe('without delivery', () => {
  it('a result waits in its queue, costs no try, and goes once its job has the feature', async () => {
    const box = createBox()
    const sinks = new Map([[box.sink.id, box.sink]])
    const features = partly(0.000_001, 'delivery')
    await using spine = await setup({ features, sinks })
    const jobId = await spine.startJob([{ sink: 'box', queue: 'one' }])
    const worker = spine.worker()
    await worker.drain()
    await spine.callBack({ id: (await spine.attempts(jobId))[0]?.external_id ?? '' })
    await worker.drain()
    const all = { sink: null, states: null, subject: null, before: null, limit: 10 }
    expect(await listDeliveries(spine.db, all)).toMatchObject([
      { state: 'pending', attempts: 0, error: { code: 'WAITING' } },
    ])
    expect(box.taken).toEqual([])
    await spine.pass(MINUTE)
    await spine.workerWith(sinks, allFeatures).drain()
    expect(box.taken.map(({ result }) => result.id)).toEqual([jobId])
  })
})

describe('the timeline', () => {
  it('of an expectation says what it has of what not everybody has', async () => {
    const features = partly(50, 'recovery', 'breakers')
    await using spine = await setup({ features })
    const request = { source: 'parser', operation: 'parse', key: 'k' }
    const { expectation } = await spine.expectations.register(request, somebody)
    const [event] = await spine.all<{ data: Record<string, unknown> }>(
      `select data from becket.event where subject = $1 and type = 'expectation.registered'`,
      [expectation.id],
    )
    expect(event?.data.features).toEqual({
      recovery: features.has('recovery', expectation.id),
      breakers: features.has('breakers', expectation.id),
    })
  })
})
