/** What went wrong with callbacks and checks in the pipeline that this one takes the place of, each as a test that it does not here. */
import { expect, test } from 'vitest'
import { look, typesOf } from '../document/waits.ts'
import { addMusic, combine, concatenate, expectationIn, HOUR, MINUTE, outputOf, setup } from './setup.ts'
import { createToolkit, envelope, statusOf } from './toolkit.ts'

const LONG = { expectWithin: '20s' }

test.each([
  ['null id', { nullId: 1 }],
  ['no job id', { missingId: 1 }],
  ['neither id', { nullId: 1, missingId: 1 }],
  ['another job id, in Cloud Run mode', { cloudRun: 1 }],
  ['a list around it', { listShape: 1 }],
  ['a list of {file_url}', { otherShape: { as: 'objects' } }],
  ['a list of addresses', { otherShape: { as: 'strings' } }],
  ['a plain address', { otherShape: { as: 'string' } }],
  ['one object', { otherShape: { as: 'object' } }],
] as const)('a callback that arrives is not rejected for its shape: %s', async (_, faults) => {
  await using bundle = await setup({ faults, render: LONG })
  const job = await bundle.ended(await bundle.submit(concatenate))
  expect(job).toMatchObject({ status: 'completed', error: null })
  expect(outputOf(job).settledBy).toBe('callback')
  expect(bundle.nca.ledger.entries('callback')).toMatchObject([{ status: 200 }])
})

test('a toolkit that answers 200 with the result, where 202 was waited for, has answered', async () => {
  await using bundle = await setup({ faults: { synchronous: 1 }, render: LONG })
  const job = await bundle.ended(await bundle.submit())
  expect(job.status).toBe('completed')
  expect(outputOf(job).settledBy).toBe('response')
})

test('a status that nobody knows is not a failure, by callback or by check', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit })
  toolkit.onStatus = (jobId) => statusOf(jobId, 'paused', null)
  const job = await bundle.submit()
  const submit = await toolkit.submitted()
  expect(await toolkit.finish(submit, null, { code: 299, message: 'whatever' })).toBe(200)
  const told = await look('evidence of a check', async () => {
    const { rows } = await bundle.db.query<{ verdict: string; reason: string }>(
      `select verdict, detail->>'reason' as reason from becket.evidence where origin = 'check'`,
    )
    return rows[0]
  })
  expect(told).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('"paused" is not known') })
  const fate = await look('a fate', async () => {
    const { rows } = await bundle.db.query<{ fate: string }>(
      `select fate from becket.callback where fate <> 'received'`,
    )
    return rows[0]
  })
  expect(fate).toEqual({ fate: 'quarantined' })
  expect(await bundle.becket.jobs.get(job.id)).toMatchObject({ state: 'working', status: 'processing', error: null })
})

test('a 404 of the status API is no failure: the work goes on, and its output counts', async () => {
  const faults = { loss: 1, statusDown: { status: 404 } } as const
  await using bundle = await setup({ faults, rendering: 600 })
  const job = await bundle.ended(await bundle.submit())
  expect(job.status).toBe('completed')
  expect(outputOf(job).settledBy).toBe('artifact')
  const verdicts = await bundle.db.query<{ verdict: string }>(`select distinct verdict from becket.evidence order by 1`)
  expect(verdicts.rows).toEqual([{ verdict: 'succeeded' }, { verdict: 'unknown' }])
})

test('work that was accepted and is unknown ever after ends at its deadline, not after an hour by guess', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit })
  toolkit.onStatus = () => ({ status: 404, body: { message: { error: 'Job not found' } } })
  const job = await bundle.submit()
  await expectationIn(bundle, job, 'waiting')
  await bundle.pass(61 * MINUTE)
  await bundle.pass(22 * HOUR)
  expect(await bundle.becket.jobs.get(job.id)).toMatchObject({ status: 'processing' })
  await bundle.pass(2 * HOUR)
  expect(await bundle.ended(job)).toMatchObject({ status: 'failed', error: { code: 'RENDER_TIMED_OUT' } })
})

test('`done` that means failed is a failure, with the reason of the toolkit', async () => {
  const failure = { message: 'Invalid data found when processing input' }
  await using bundle = await setup({ faults: { loss: 1, failure } })
  const job = await bundle.ended(await bundle.submit())
  expect(job).toMatchObject({
    state: 'deadletter',
    status: 'failed',
    error: { code: 'RENDER_FAILED', message: expect.stringContaining(failure.message), retryable: false },
  })
  expect(job.output).toBeNull()
})

test('a lost callback and a status API that answers 500 leave the output itself as the proof', async () => {
  await using bundle = await setup({ faults: { loss: 1, statusDown: { status: 500 } } })
  const job = await bundle.ended(await bundle.submit())
  expect(job.status).toBe('completed')
  expect(outputOf(job).settledBy).toBe('artifact')
})

test('outputs have another name for each operation, and are found by it', async () => {
  await using bundle = await setup({ faults: { loss: 1, statusDown: { status: 503 } } })
  const caption = { operation: 'caption', video: 'https://files.example.org/a.mp4', captions: 'Ahoy' } as const
  const inputs = [concatenate, combine, addMusic, caption]
  const jobs = await Promise.all(inputs.map((input) => bundle.submit(input)))
  const ended = await Promise.all(jobs.map((job) => bundle.ended(job)))
  const names = ended.map((job) =>
    outputOf(job)
      .files[0]?.sourceUrl.split('/')
      .at(-1)
      ?.replace(/^[0-9a-f-]{36}/, ''),
  )
  expect(names).toEqual(['.mp4', '_output_0.mp4', '_output_0.mp4', '_captioned.mp4'])
})

test('a callback after the expiry revives the job', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit })
  const job = await bundle.submit()
  const submit = await toolkit.submitted()
  await expectationIn(bundle, job, 'waiting')
  await bundle.pass(25 * HOUR)
  expect(await bundle.ended(job)).toMatchObject({ status: 'failed', error: { code: 'RENDER_TIMED_OUT' } })
  toolkit.files.set('/files/late.mp4', { content: Buffer.from('late') })
  await toolkit.finish(submit, `${toolkit.baseUrl}/files/late.mp4`)
  const revived = await look('a job that is done', async () => {
    const now = await bundle.becket.jobs.get(job.id)
    return now.state === 'done' ? now : undefined
  })
  expect(revived).toMatchObject({ status: 'completed', error: null })
  expect(toolkit.submits).toHaveLength(1)
})

test('a full queue puts the job off, and costs it no try', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit, render: LONG })
  const take = toolkit.onSubmit
  toolkit.onSubmit = ({ id, jobId }) => ({
    status: 429,
    body: { code: 429, id, job_id: jobId, message: 'MAX_QUEUE_LENGTH (10) reached', queue_length: 10 },
  })
  const job = await bundle.submit()
  const putOff = await look('a job that was put off', async () => {
    const now = await bundle.becket.jobs.get(job.id)
    return now.state === 'retryable' ? now : undefined
  })
  expect(putOff).toMatchObject({
    status: 'pending',
    attempt: 1,
    error: { message: expect.stringContaining('QUEUE_FULL') },
  })
  expect(typesOf(putOff)).toContain('stage.postponed')
  toolkit.onSubmit = take
  await bundle.pass(15_000)
  toolkit.files.set('/files/a.mp4', { content: Buffer.from('a') })
  await toolkit.finish(await toolkit.submitted(2), [`${toolkit.baseUrl}/files/a.mp4`])
  expect(await bundle.ended(job)).toMatchObject({ status: 'completed', attempt: 1 })
})

test('a queue of many hours ends as well: what is late is asked after, and not given up', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit })
  const job = await bundle.submit()
  const submit = await toolkit.submitted()
  const { id } = await expectationIn(bundle, job, 'waiting')
  for (let hours = 0; hours < 20; hours += 5) {
    await bundle.pass(5 * HOUR)
    const before = (await bundle.becket.expectations.get(id)).checks
    await look('another check', async () =>
      (await bundle.becket.expectations.get(id)).checks > before ? true : undefined,
    )
    expect(await bundle.becket.jobs.get(job.id)).toMatchObject({ status: 'processing', error: null })
  }
  toolkit.files.set('/files/a.mp4', { content: Buffer.from('a') })
  const ended = envelope(submit, `${toolkit.baseUrl}/files/a.mp4`)
  toolkit.onStatus = (jobId) => statusOf(jobId, 'done', ended)
  const done = await bundle.ended(job)
  expect(done.status).toBe('completed')
  expect(outputOf(done).settledBy).toBe('check')
})

test('a maximal age is read: it can be extended by hand, and a check by hand is made', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit, render: { deadline: '2h', expectWithin: '1h', every: '1h' } })
  const job = await bundle.submit()
  const submit = await toolkit.submitted()
  const { id } = await expectationIn(bundle, job, 'waiting')
  await bundle.becket.expectations.extend(id, { by: '3h', reason: 'the queue is long today' })
  await bundle.pass(4 * HOUR)
  await look('a check', async () => ((await bundle.becket.expectations.get(id)).checks > 0 ? true : undefined))
  expect(await bundle.becket.jobs.get(job.id)).toMatchObject({ status: 'processing' })
  toolkit.files.set('/files/a.mp4', { content: Buffer.from('a') })
  toolkit.onStatus = (jobId) => statusOf(jobId, 'done', envelope(submit, `${toolkit.baseUrl}/files/a.mp4`))
  await bundle.becket.expectations.check(id)
  expect(await bundle.ended(job)).toMatchObject({ status: 'completed' })
})
