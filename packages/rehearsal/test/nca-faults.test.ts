/** The NCA Toolkit's stand-in when things go wrong: each fault, over HTTP. */
import { expect, test } from 'vitest'
import { type Route, setUpNca } from './fixtures/nca-bundle.ts'

test('loss: the work is done and stored, and nobody is told', async () => {
  const { submit, ledger, receiver, status, artifactBase } = await setUpNca({ faults: { loss: 1 } })
  const { job_id } = (await submit()).body
  await ledger.waitFor('callback-lost')
  expect(receiver.received).toEqual([])
  expect((await status(job_id)).body.response).toMatchObject({ job_status: 'done' })
  expect((await fetch(`${artifactBase}/${job_id}.mp4`, { method: 'HEAD' })).status).toBe(200)
})

test('a callback that is refused is never sent again', async () => {
  const { submit, ledger, receiver } = await setUpNca()
  receiver.answerWith(500)
  await submit()
  await ledger.waitFor('callback-dropped', ({ why }) => why === 'refused')
  expect(receiver.received).toHaveLength(1)
})

test('a receiver that redirects has lost the body', async () => {
  const { submit, ledger, receiver } = await setUpNca()
  receiver.answerWith(301)
  await submit()
  await ledger.waitFor('callback-dropped', ({ why }) => why === 'redirected')
})

test('redirected: what arrives is a GET without a body', async () => {
  const { submit, ledger, receiver } = await setUpNca({ faults: { redirected: 1 } })
  await submit()
  await ledger.waitFor('callback-dropped', ({ why }) => why === 'redirected')
  expect(receiver.received).toMatchObject([{ body: '' }])
  expect(ledger.summary()).toMatchObject({ callbacks: { dropped: 1, delivered: 0 }, faults: { redirected: 1 } })
})

test('delay, duplicate: the same bytes come later, and again', async () => {
  const faults = { delay: { kind: 'uniform', minMs: 5, maxMs: 9 }, duplicate: { copies: 2 } } as const
  const { submit, ledger, receiver } = await setUpNca({ faults })
  await submit()
  const callbacks = await receiver.count(3)
  expect(new Set(callbacks.map(({ body }) => body)).size).toBe(1)
  await ledger.waitFor('callback', ({ copy }) => copy === 2)
  expect(ledger.summary().callbacks).toMatchObject({ delivered: 3, duplicates: 2, delayed: 1 })
})

test('reorder: a held callback comes after one of a later job', async () => {
  const { submit, ledger, receiver, standIn } = await setUpNca({ faults: { reorder: { withinMs: 60_000 } } })
  await submit('/v1/video/concatenate', { id: 'first' })
  await ledger.waitFor('callback-held', ({ why }) => why === 'reorder')
  standIn.setFaults({})
  await submit('/v1/video/caption', { id: 'second' })
  expect((await receiver.count(2)).map(({ body }) => JSON.parse(body).id)).toEqual(['second', 'first'])
})

test('early: the callback is there before the submit is answered', async () => {
  const { submit, ledger, receiver } = await setUpNca({ faults: { early: 1, delay: 60_000 } })
  expect((await submit()).status).toBe(202)
  expect(receiver.received).toHaveLength(1)
  expect(ledger.entries('callback')[0]?.seq).toBeLessThan(ledger.entries('submit-answer')[0]?.seq ?? 0)
})

test('lateCallback: the callback comes only after a check has been told that the work is done', async () => {
  const { submit, status, ledger, receiver } = await setUpNca({ faults: { lateCallback: 1 } })
  const { job_id } = (await submit()).body
  await ledger.waitFor('callback-held', ({ why }) => why === 'lateCallback')
  expect(receiver.received).toEqual([])
  await status(job_id)
  await receiver.count(1)
})

test('nullId, missingId: the callback names neither', async () => {
  const { submit, called } = await setUpNca({ faults: { nullId: 1, missingId: 1 } })
  await submit()
  const callback = await called()
  expect(callback.id).toBeNull()
  expect(callback).not.toHaveProperty('job_id')
})

test('missingId in the answer: accepted, and the job has no name', async () => {
  const { submit, called } = await setUpNca({ faults: { missingId: { where: 'answer' } } })
  expect(await submit()).toMatchObject({ status: 202, body: { id: 'run-1', job_id: null } })
  expect((await called()).job_id).toEqual(expect.any(String))
})

test.each([
  ['objects', [{ file_url: 'URL' }]],
  ['strings', ['URL']],
  ['object', { file_url: 'URL' }],
  ['string', 'URL'],
] as const)('otherShape as %s', async (as, shape) => {
  const { submit, called, artifactBase } = await setUpNca({ faults: { otherShape: { as } } })
  const { job_id } = (await submit()).body
  const { response } = await called()
  expect(JSON.stringify(response)).toBe(JSON.stringify(shape).replace('URL', `${artifactBase}/${job_id}.mp4`))
})

test.each<Route>(['/v1/video/concatenate', '/v1/ffmpeg/compose'])(
  'otherShape draws one that %s has not',
  async (route) => {
    const natural = await setUpNca()
    await natural.submit(route)
    const other = await setUpNca({ faults: { otherShape: 1 } })
    await other.submit(route)
    const kindOf = (response: unknown) => (Array.isArray(response) ? `list of ${typeof response[0]}` : typeof response)
    expect(kindOf((await other.called()).response)).not.toBe(kindOf((await natural.called()).response))
  },
)

test('listShape: the envelope comes in a list', async () => {
  const { submit, called } = await setUpNca({ faults: { listShape: 1 } })
  await submit()
  expect(await called()).toMatchObject([{ code: 200 }])
})

test('failure: the callback and the record say so, and the record is done', async () => {
  const { submit, called, status } = await setUpNca({ faults: { failure: { code: 500, message: 'no space left' } } })
  const { job_id } = (await submit()).body
  expect(await called()).toMatchObject({ code: 500, response: null, message: 'no space left' })
  expect((await status(job_id)).body.response).toMatchObject({
    job_status: 'done',
    response: { code: 500, message: 'no space left' },
  })
})

test('failure as an object: the message is one', async () => {
  const { submit, called } = await setUpNca({ faults: { failure: { asObject: true, message: 'no space left' } } })
  await submit()
  expect(await called()).toMatchObject({ code: 500, message: { error: 'no space left' } })
})

test('synchronous: the result itself is the answer, with its code as the status', async () => {
  const done = await setUpNca({ faults: { synchronous: 1 } })
  expect(await done.submit()).toMatchObject({ status: 200, body: { code: 200, response: expect.any(String) } })
  expect(done.receiver.received).toEqual([])
  const failed = await setUpNca({ faults: { synchronous: 1, failure: 1 } })
  expect(await failed.submit()).toMatchObject({ status: 500, body: { code: 500, endpoint: '/v1/video/concatenate' } })
})

test('queueFull: 429 with an id that is no job, and the next try is taken', async () => {
  const { submit, ledger, status, called } = await setUpNca({ faults: { queueFull: { length: 3 } } })
  const full = await submit()
  expect(full).toMatchObject({ status: 429, body: { code: 429, message: 'MAX_QUEUE_LENGTH (3) reached' } })
  expect((await status(full.body.job_id)).status).toBe(404)
  expect((await submit()).status).toBe(202)
  await called()
  expect(ledger.summary()).toMatchObject({ submits: 2, jobs: 1, clientKeysTakenAgain: 0 })
})

test('serverError: before the work is taken, or after', async () => {
  const before = await setUpNca({ faults: { serverError: { status: 502 } } })
  expect((await before.submit()).status).toBe(502)
  expect(before.ledger.entries('submit')).toMatchObject([{ jobId: null }])
  const after = await setUpNca({ faults: { serverError: { status: 504, when: 'after' } } })
  expect((await after.submit()).status).toBe(504)
  expect(await after.called()).toMatchObject({ code: 200, id: 'run-1' })
})

test('hang: no answer comes until the caller gives up', async () => {
  const { submit, standIn, ledger } = await setUpNca({ faults: { hang: 1 } })
  const submitted = submit().catch(() => 'broken off')
  await ledger.waitFor('submit-answer', ({ status }) => status === null)
  await standIn.stop()
  expect(await submitted).toBe('broken off')
})

test('cloudRun: 200 with an object, a status that stays, and another id at the end', async () => {
  const { submit, status, called, artifactBase } = await setUpNca({ faults: { cloudRun: 1 } })
  const submitted = await submit()
  expect(submitted).toMatchObject({ status: 200, body: { id: 'run-1', message: { job_submitted: true } } })
  const callback = await called()
  expect(callback).toMatchObject({ code: 200, id: 'run-1' })
  expect(callback.job_id).not.toBe(submitted.body.job_id)
  expect(callback.response).toBe(`${artifactBase}/${callback.job_id}.mp4`)
  expect((await status(submitted.body.job_id)).body.response).toMatchObject({ job_status: 'submitted', response: null })
  expect((await status(callback.job_id)).status).toBe(404)
})

test('restart: the queue is lost, and the status says running for ever', async () => {
  const { submit, status, ledger, receiver } = await setUpNca({ faults: { restart: 1 } })
  const { job_id } = (await submit()).body
  await ledger.waitFor('job-forgotten')
  for (let asked = 0; asked < 3; asked++) {
    expect((await status(job_id)).body.response).toMatchObject({ job_status: 'running', response: null })
  }
  expect(receiver.received).toEqual([])
  expect(ledger.entries('job-finished')).toEqual([])
})

test('forgetQueue: what was under way is lost, what was done is not', async () => {
  const slow = await setUpNca({ processing: 3_600_000 })
  const lost = (await slow.submit()).body.job_id
  slow.standIn.forgetQueue()
  expect(slow.ledger.entries('job-forgotten')).toMatchObject([{ jobId: lost }])
  expect((await slow.status(lost)).body.response.job_status).toBe('running')

  const fast = await setUpNca()
  const done = (await fast.submit()).body.job_id
  await fast.called()
  fast.standIn.forgetQueue()
  expect(fast.ledger.entries('job-forgotten')).toEqual([])
  expect((await fast.status(done)).body.response.job_status).toBe('done')
})

test.each([404, 500, 503] as const)('statusDown with %d', async (down) => {
  const { submit, status, called } = await setUpNca({ faults: { statusDown: { status: down } } })
  const { job_id } = (await submit()).body
  await called()
  expect(await status(job_id)).toMatchObject({ status: down, body: { code: down, response: null } })
})

test('statusDown for a while: the first checks, or a time', async () => {
  let nowMs = 1_000_000
  const { submit, status, called, standIn } = await setUpNca({
    faults: { statusDown: { status: 500, checks: 1 } },
    now: () => nowMs,
  })
  const { job_id } = (await submit()).body
  await called()
  expect([(await status(job_id)).status, (await status(job_id)).status]).toEqual([500, 200])
  standIn.setFaults({ statusDown: { forMs: 60_000 } })
  expect((await status(job_id)).status).toBe(503)
  nowMs += 60_000
  expect((await status(job_id)).status).toBe(200)
})

test('outputLate, outputEmpty, outputMissing: the address is told, and nothing is there, or nothing in it', async () => {
  let nowMs = Date.now()
  const late = await setUpNca({ faults: { outputLate: { by: 5_000 } }, now: () => nowMs })
  await late.submit()
  const url = String((await late.called()).response)
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(404)
  nowMs += 5_000
  expect((await fetch(url, { method: 'HEAD' })).status).toBe(200)

  const empty = await setUpNca({ faults: { outputEmpty: 1 } })
  await empty.submit()
  const answer = await fetch(String((await empty.called()).response))
  expect([answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([200, 0])

  const missing = await setUpNca({ faults: { outputMissing: 1 } })
  await missing.submit()
  expect((await fetch(String((await missing.called()).response))).status).toBe(404)
})

test('the same seed meets the same faults, in whatever order the work comes', async () => {
  const faults = { loss: 0.4, otherShape: 0.5, failure: 0.3, nullId: 0.5, queueFull: 0.4, cloudRun: 0.2 }
  const works = Array.from({ length: 12 }, (_, index) => `caption ${index}`)
  async function run(seed: number, captions: readonly string[]): Promise<string[]> {
    const { submit, ledger } = await setUpNca({ seed, faults })
    for (const text of captions) {
      const { status } = await submit('/v1/video/caption', { captions: text })
      if (status === 429) await submit('/v1/video/caption', { captions: text })
    }
    for (const { jobId } of ledger.entries('submit')) {
      if (jobId === null) continue
      await Promise.race([
        ledger.waitFor('callback-lost', (entry) => entry.jobId === jobId),
        ledger.waitFor('callback', (entry) => entry.jobId === jobId),
      ])
    }
    return ledger
      .entries('fault')
      .map(({ fault, work, attempt }) => `${work} ${attempt} ${fault}`)
      .toSorted()
  }
  const forwards = await run(7, works)
  expect(forwards.length).toBeGreaterThan(5)
  expect(await run(7, works.toReversed())).toEqual(forwards)
  expect(await run(8, works)).not.toEqual(forwards)
})
