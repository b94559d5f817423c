import { expect, test } from 'vitest'
import { fieldOf, setUpLlamaParse } from './fixtures/llamaparse-bundle.ts'
import { onePage } from './fixtures/pdf-bytes.ts'

test('loss: the callback is never sent, and the job is done all the same', async () => {
  const { submitV1, receiver, ledger, call } = await setUpLlamaParse({ faults: { loss: 1 } })
  await submitV1()
  const { jobId } = await ledger.waitFor('callback-lost')
  expect(receiver.received).toEqual([])
  expect((await call(`/api/v1/parsing/job/${jobId}`)).body).toMatchObject({ status: 'SUCCESS' })
  expect(ledger.summary()).toMatchObject({ faults: { loss: 1 }, callbacks: { lost: 1, delivered: 0 } })
})

test('delay: the callback waits as long as the distribution says, and the ledger knows how long', async () => {
  const { submitV1, ledger } = await setUpLlamaParse({
    faults: { delay: { kind: 'uniform', minMs: 20, maxMs: 40 } },
  })
  await submitV1()
  const sent = await ledger.waitFor('callback')
  const [delayed] = ledger.entries('callback-delayed')
  const finished = ledger.entries('job-finished')[0]
  expect(delayed?.ms).toBeGreaterThanOrEqual(20)
  expect(delayed?.ms).toBeLessThanOrEqual(40)
  // 2 ms: timers count from the start of a tick, the clock from now.
  expect(sent.atMs - (finished?.atMs ?? 0)).toBeGreaterThanOrEqual((delayed?.ms ?? 0) - 2)
})

test('duplicate: the same event comes again, with the same id and the same bytes', async () => {
  const { submitV2, receiver, ledger } = await setUpLlamaParse({ faults: { duplicate: { copies: 2, gapMs: 1 } } })
  await submitV2()
  const callbacks = await receiver.count(3)
  expect(new Set(callbacks.map(({ body }) => body)).size).toBe(1)
  expect(new Set(callbacks.map(({ headers }) => headers['x-webhook-event-id'])).size).toBe(1)
  await ledger.waitFor('callback', ({ copy }) => copy === 2)
  expect(ledger.summary().callbacks).toMatchObject({ delivered: 3, duplicates: 2 })
})

test('reorder: a held callback comes after one of a later job', async () => {
  const { submitV1, receiver, ledger, standIn } = await setUpLlamaParse({
    faults: { reorder: { withinMs: 60_000 } },
  })
  await submitV1(onePage('first'), { webhook_url: receiver.url('/first') })
  await ledger.waitFor('callback-held', ({ why }) => why === 'reorder')
  standIn.setFaults({})
  await submitV1(onePage('second'), { webhook_url: receiver.url('/second') })
  expect((await receiver.count(2)).map(({ path }) => path)).toEqual(['/second', '/first'])
})

test('reorder: a callback that nothing overtakes is sent in the end', async () => {
  const { submitV1, receiver } = await setUpLlamaParse({ faults: { reorder: { withinMs: 5 } } })
  await submitV1()
  await receiver.count(1)
})

test('early: the callback is there before the submit is answered', async () => {
  const { submitV1, receiver, ledger } = await setUpLlamaParse({ faults: { early: 1, delay: 60_000 } })
  const { status } = await submitV1()
  expect(status).toBe(200)
  expect(receiver.received).toHaveLength(1)
  const callback = ledger.entries('callback')[0]
  const answer = ledger.entries('submit-answer')[0]
  expect(callback?.seq).toBeLessThan(answer?.seq ?? 0)
  expect(ledger.summary().faults).toEqual({ early: 1 })
})

test('early and lost: the submit is answered, and no callback comes', async () => {
  const { submitV1, receiver, ledger } = await setUpLlamaParse({ faults: { early: 1, loss: 1 } })
  expect((await submitV1()).status).toBe(200)
  expect(receiver.received).toEqual([])
  expect(ledger.summary().faults).toEqual({ loss: 1 })
})

test('nullId and missingId: a v2 callback names no job', async () => {
  const nulls = await setUpLlamaParse({ faults: { nullId: 1 } })
  await nulls.submitV2()
  const [withNull] = await nulls.receiver.count(1)
  expect(JSON.parse(withNull?.body ?? '')).toMatchObject({ data: { id: null, job_id: null } })

  const missing = await setUpLlamaParse({ faults: { missingId: 1 } })
  await missing.submitV2()
  const [without] = await missing.receiver.count(1)
  const data = fieldOf(JSON.parse(without?.body ?? ''), 'data')
  expect(fieldOf(data, 'id')).toBeUndefined()
  expect(fieldOf(data, 'job_id')).toBeUndefined()
  expect(fieldOf(data, 'status')).toBe('COMPLETED')
})

test('nullId and missingId: the answer to a submit names no job, and the callback comes', async () => {
  const nulls = await setUpLlamaParse({ faults: { nullId: { where: 'answer' } } })
  expect((await nulls.submitV1()).body).toEqual({ id: null, status: 'PENDING' })
  await nulls.receiver.count(1)

  const missing = await setUpLlamaParse({ faults: { missingId: { where: 'answer' } } })
  expect((await missing.submitV1()).body).toEqual({ status: 'PENDING' })
  expect(fieldOf((await missing.submitV2(onePage('other'))).body, 'id')).toBeUndefined()
  await missing.receiver.count(2)
})

test('listShape: the object comes in a list', async () => {
  const { submitV1, receiver } = await setUpLlamaParse({ faults: { listShape: 1 } })
  await submitV1(onePage('Text'))
  expect(JSON.parse((await receiver.count(1))[0]?.body ?? '')).toMatchObject([{ md: 'Text' }])
})

test('stringified: the JSON comes inside a string', async () => {
  const { submitV1, receiver } = await setUpLlamaParse({ faults: { stringified: 1 } })
  await submitV1(onePage('Text'))
  const outer: unknown = JSON.parse((await receiver.count(1))[0]?.body ?? '')
  expect(JSON.parse(String(outer))).toMatchObject({ md: 'Text' })
})

test('otherStatusWord: success goes by another word, in the callback and where asked also in the status', async () => {
  const v1 = await setUpLlamaParse({ faults: { otherStatusWord: { word: 'OK', where: 'both' } } })
  await v1.submitV1(onePage('Text'))
  expect(JSON.parse((await v1.receiver.count(1))[0]?.body ?? '')).toMatchObject({ status: 'OK', md: 'Text' })
  const id = await v1.finished()
  expect((await v1.call(`/api/v1/parsing/job/${id}`)).body).toMatchObject({ status: 'OK' })

  const v2 = await setUpLlamaParse({ faults: { otherStatusWord: { word: 'SUCCESS' } } })
  await v2.submitV2()
  expect(JSON.parse((await v2.receiver.count(1))[0]?.body ?? '')).toMatchObject({
    event_type: 'parse.success',
    data: { status: 'SUCCESS' },
  })
  expect((await v2.call(`/api/v2/parse/${await v2.finished()}`)).body).toMatchObject({ job: { status: 'COMPLETED' } })
})

test('otherStatusWord: an error is never told as a success', async () => {
  const { submitV2, receiver } = await setUpLlamaParse({ faults: { otherStatusWord: 1, failure: 1 } })
  await submitV2()
  expect(JSON.parse((await receiver.count(1))[0]?.body ?? '')).toMatchObject({ data: { status: 'FAILED' } })
})

test('lateCallback: the callback comes only after a check has been told that the work is done', async () => {
  const { submitV1, receiver, ledger, call } = await setUpLlamaParse({ faults: { lateCallback: 1 } })
  await submitV1()
  const { jobId } = await ledger.waitFor('callback-held', ({ why }) => why === 'lateCallback')
  expect(receiver.received).toEqual([])
  expect((await call(`/api/v1/parsing/job/${jobId}`)).body).toMatchObject({ status: 'SUCCESS' })
  await receiver.count(1)
})

test('stop ends held, delayed and hung work, and may be called again', async () => {
  const { submitV1, ledger, standIn, receiver } = await setUpLlamaParse({ faults: { delay: 3_600_000 } })
  await submitV1()
  await ledger.waitFor('callback-delayed')
  await standIn.stop()
  await standIn.stop()
  expect(ledger.entries('callback-dropped')).toMatchObject([{ why: 'stopped' }])
  expect(receiver.received).toEqual([])
})
