import { expect, test } from 'vitest'
import { fieldOf, setUpLlamaParse } from './fixtures/llamaparse-bundle.ts'
import { onePage } from './fixtures/pdf-bytes.ts'

test('rateLimited: the first attempt is refused with Retry-After, the second is taken', async () => {
  const { submitV1, ledger } = await setUpLlamaParse({ faults: { rateLimited: { retryAfterSec: 3 } } })
  const refused = await submitV1()
  expect(refused).toMatchObject({ status: 429, body: { detail: 'Rate limit exceeded' } })
  expect(refused.headers.get('retry-after')).toBe('3')
  expect(await submitV1()).toMatchObject({ status: 200 })
  expect(ledger.entries('submit').map(({ attempt, jobId }) => [attempt, jobId !== null])).toEqual([
    [1, false],
    [2, true],
  ])
})

test('serverError before: the work was not taken', async () => {
  const { submitV1, ledger } = await setUpLlamaParse({ faults: { serverError: { status: 502 } } })
  expect(await submitV1()).toMatchObject({ status: 502 })
  expect(ledger.summary()).toMatchObject({ submits: 1, jobs: 0 })
})

test('serverError after: the work was taken, and the callback comes although nobody knows the id', async () => {
  const { submitV1, receiver, ledger } = await setUpLlamaParse({ faults: { serverError: { when: 'after' } } })
  expect(await submitV1()).toMatchObject({ status: 503 })
  await receiver.count(1)
  expect(ledger.summary()).toMatchObject({ submits: 1, jobs: 1 })
})

test('hang before: there is no answer, and nothing was taken', async () => {
  const { submitV1, ledger, standIn } = await setUpLlamaParse({ faults: { hang: 1 } })
  const hung = expect(submitV1()).rejects.toThrow()
  await ledger.waitFor('submit-answer', ({ status }) => status === null)
  await standIn.stop()
  await hung
  expect(ledger.summary().jobs).toBe(0)
})

test('hang after: there is no answer, and the callback comes', async () => {
  const { submitV1, ledger, standIn, receiver } = await setUpLlamaParse({ faults: { hang: { when: 'after' } } })
  const hung = expect(submitV1()).rejects.toThrow()
  await receiver.count(1)
  await standIn.stop()
  await hung
  expect(ledger.summary().jobs).toBe(1)
})

test('synchronous: the submit is answered with the result, and no callback comes', async () => {
  const { submitV1, submitV2, ledger, receiver } = await setUpLlamaParse({ faults: { synchronous: 1 } })
  expect((await submitV1(onePage('Text'))).body).toMatchObject({
    id: expect.any(String),
    status: 'SUCCESS',
    md: 'Text',
  })
  expect((await submitV2(onePage('More'))).body).toMatchObject({
    status: 'COMPLETED',
    job: { status: 'COMPLETED' },
    markdown: { pages: [{ markdown: 'More' }] },
  })
  expect(await submitV1(Buffer.from('%PDF-1.7 cut off'))).toMatchObject({
    status: 200,
    body: { status: 'ERROR', error_code: 'PDF_IS_BROKEN' },
  })
  expect(ledger.entries('callback')).toEqual([])
  expect(receiver.received).toEqual([])
})

test('failure: the work fails for the reason that was given', async () => {
  const { submitV1, call, finished } = await setUpLlamaParse({
    faults: { failure: { code: 'TIMEOUT', message: 'The document took too long.' } },
  })
  await submitV1()
  const id = await finished()
  expect((await call(`/api/v1/parsing/job/${id}`)).body).toEqual({
    id,
    status: 'ERROR',
    error_code: 'TIMEOUT',
    error_message: 'The document took too long.',
  })
})

test('failure of the first attempt only: the second succeeds', async () => {
  const { submitV1, ledger } = await setUpLlamaParse({ faults: { failure: { attempts: 1 } } })
  await submitV1()
  await ledger.waitFor('job-finished')
  await submitV1()
  await ledger.waitFor('job-finished', ({ outcome }) => outcome === 'succeeded')
  expect(ledger.entries('job-finished').map(({ outcome }) => outcome)).toEqual(['failed', 'succeeded'])
  expect(ledger.summary()).toMatchObject({ files: 1, filesTakenAgain: 1 })
})

test('statusDown: checks get 5xx while results are still read, unless they are down as well', async () => {
  const { submitV1, call, finished, standIn, ledger } = await setUpLlamaParse({
    faults: { statusDown: { status: 502 } },
  })
  await submitV1()
  const id = await finished()
  expect(await call(`/api/v1/parsing/job/${id}`)).toMatchObject({ status: 502 })
  expect(await call(`/api/v1/parsing/job/${id}/result/markdown`)).toMatchObject({ status: 200 })
  expect(await call(`/api/v2/parse/${id}`)).toMatchObject({ status: 502 })
  expect(await call(`/api/v2/parse/${id}?expand=markdown`)).toMatchObject({ status: 200 })
  standIn.setFaults({ statusDown: { results: true } })
  expect(await call(`/api/v1/parsing/job/${id}/result/markdown`)).toMatchObject({ status: 503 })
  standIn.setFaults({})
  expect(await call(`/api/v1/parsing/job/${id}`)).toMatchObject({ status: 200 })
  expect(ledger.summary()).toMatchObject({ checks: 6, faults: { statusDown: 3 } })
})

test('statusDown for a time: the outage of a job ends', async () => {
  let nowMs = 1_000_000
  const { submitV1, call, finished } = await setUpLlamaParse({
    faults: { statusDown: { forMs: 60_000 } },
    now: () => nowMs,
  })
  await submitV1()
  const id = await finished()
  expect(await call(`/api/v1/parsing/job/${id}`)).toMatchObject({ status: 503 })
  nowMs += 60_000
  expect(await call(`/api/v1/parsing/job/${id}`)).toMatchObject({ status: 200 })
})

test('the ledger tells one attempt of the caller from another, and counts what was submitted again', async () => {
  const { submitV1, receiver, ledger } = await setUpLlamaParse()
  const to = (path: string) => ({ webhook_url: receiver.url(path) })
  await submitV1(onePage('same'), to('/t/one'))
  await submitV1(onePage('same'), to('/t/two'))
  expect(ledger.summary()).toMatchObject({ submits: 2, files: 1, filesTakenAgain: 1, clientKeysTakenAgain: 0 })
  await submitV1(onePage('same'), to('/t/two'))
  const summary = ledger.summary()
  expect(summary).toMatchObject({ submits: 3, jobs: 3, filesTakenAgain: 1, clientKeysTakenAgain: 1 })
  expect(Object.values(summary.submitsByClientKey).toSorted()).toEqual([1, 2])
})

test('the story of one job is read from its submit to its callback', async () => {
  const { submitV1, receiver, ledger } = await setUpLlamaParse()
  const { body } = await submitV1()
  await receiver.count(1)
  await ledger.waitFor('callback')
  const kinds = ledger.ofJob(String(fieldOf(body, 'id'))).map(({ kind }) => kind)
  expect(kinds.toSorted()).toEqual(['callback', 'job-finished', 'submit', 'submit-answer'])
  expect(kinds[0]).toBe('submit')
})
