/** Files attached to rows: delivered only once Airtable has them, however late it comes for them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DeliveryAnswer } from '../../src/core/delivery.ts'
import type { Delivery, SinkApi } from '../../src/sinks/sink.ts'
import { type TestDatabase, testDatabase } from '../database.ts'
import { type AirtableBench, airtableBench, send } from './airtable-bench.ts'
import { deliveryOf, resultWith } from './bench.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

const HOUR = 3_600_000
const options = { table: 'Videos', fields: { Status: '/status' }, attachments: { Video: '/output/files' } }

function video(id: string, files: unknown = [{ key: `videos/${id}/film.mp4`, bytes: 12 }]): Delivery {
  return deliveryOf(resultWith({ id, pipeline: 'video', status: 'completed', output: { files } }), { id: `dlv_${id}` })
}

/** As the outbox hands it over at the next try. */
function next(delivery: Delivery, answer: DeliveryAnswer | undefined, ageMs: number): Delivery {
  if (answer?.kind !== 'later') throw new Error(`expected later, not ${answer?.kind}`)
  return { ...delivery, memory: answer.memory ?? delivery.memory, ageMs }
}

/** The stand-in has fetched, or given up. */
async function fetched(bench: AirtableBench, count: number): Promise<void> {
  const seen = () => bench.airtable.ledger.entries('attachment').filter(({ outcome }) => outcome !== 'written').length
  while (seen() < count) await new Promise((resolve) => setImmediate(resolve))
}

async function writeThenLook(bench: AirtableBench, sink: SinkApi, delivery: Delivery) {
  const [written] = await send(sink, delivery)
  await fetched(bench, 1)
  return { written, look: (ageMs: number) => send(sink, next(delivery, written, ageMs)) }
}

test('a row is delivered once Airtable has its file, and not when it was written', async () => {
  const bench = await airtableBench(database)
  const { written, look } = await writeThenLook(bench, bench.open(options), video('job_1'))
  expect(written).toMatchObject({ kind: 'later', afterMs: 5_000, reason: expect.stringContaining('Video') })
  expect(await look(5_000)).toEqual([
    { kind: 'delivered', receipt: { recordId: expect.stringMatching(/^rec/), attachments: 1, tookMs: 5_000 } },
  ])
  expect(bench.rows('Videos')).toMatchObject([
    { 'Run ID': 'job_1', Status: 'completed', Video: [{ filename: 'film.mp4', size: 12, type: 'video/mp4' }] },
  ])
})

test('files that come late are looked for less and less often, all in one request, and are written once', async () => {
  const bench = await airtableBench(database, { faults: { slowAttachment: { by: 86_400_000 } } })
  const sink = bench.open(options)
  let batch = ['job_1', 'job_2', 'job_3'].map((id) => video(id))
  const waits: number[] = []
  for (let round = 0; round < 4; round++) {
    const answers = await send(sink, ...batch)
    batch = batch.map((delivery, index) => next(delivery, answers[index], delivery.ageMs + 1_000))
    waits.push(answers[0]?.kind === 'later' ? answers[0].afterMs : 0)
  }
  expect(waits).toEqual([5_000, 10_000, 20_000, 40_000])
  expect(bench.airtable.ledger.entries('records').map(({ operation }) => operation)).toEqual([
    'upsert',
    'list',
    'list',
    'list',
  ])
  expect(bench.links).toHaveLength(3)
})

test('what Airtable has not fetched within an hour is written again with a fresh link', async () => {
  const bench = await airtableBench(database, { faults: { deadAttachment: {} } })
  const { look } = await writeThenLook(bench, bench.open(options), video('job_1'))
  bench.airtable.setFaults({})
  const [answer] = await look(HOUR + 1)
  expect(answer).toMatchObject({ kind: 'later', memory: { sinceMs: 0, linkedMs: HOUR + 1 } })
  expect(bench.links).toEqual(['videos/job_1/film.mp4', 'videos/job_1/film.mp4'])
  await fetched(bench, 2)
  const [done] = await send(bench.open(options), next(video('job_1'), answer, HOUR + 10_000))
  expect(done).toMatchObject({ kind: 'delivered', receipt: { attachments: 1, tookMs: HOUR + 10_000 } })
  expect(bench.rows('Videos')).toHaveLength(1)
})

test('what Airtable dropped is written again, and a row that somebody deleted as well', async () => {
  const bench = await airtableBench(database, { faults: { slowAttachment: { by: 86_400_000 } } })
  const sink = bench.open(options)
  const [dropped, gone] = [video('job_1'), video('job_2')]
  const answers = await send(sink, dropped, gone)
  const [first, second] = answers.map((answer) => (answer.kind === 'later' ? String(answer.memory?.recordId) : ''))
  const at = `${bench.address.baseUrl}/v0/${bench.address.base}/Videos`
  const headers = { authorization: 'Bearer test-key', 'content-type': 'application/json' }
  await fetch(`${at}/${first}`, { method: 'PATCH', headers, body: JSON.stringify({ fields: { Video: [] } }) })
  await fetch(`${at}/${second}`, { method: 'DELETE', headers })
  bench.airtable.setFaults({})
  const again = await send(sink, next(dropped, answers[0], 6_000), next(gone, answers[1], 6_000))
  expect(again).toMatchObject([
    { kind: 'later', memory: { recordId: first, looks: 1 } },
    { kind: 'later', memory: { recordId: expect.not.stringMatching(second ?? ''), sinceMs: 0 } },
  ])
  await fetched(bench, 2)
  const done = await send(sink, next(dropped, again[0], 9_000), next(gone, again[1], 9_000))
  expect(done.map(({ kind }) => kind)).toEqual(['delivered', 'delivered'])
  expect(bench.rows('Videos')).toHaveLength(2)
})

test('a file that never comes is given up in the end, with the field and the remedy named', async () => {
  const bench = await airtableBench(database, { faults: { deadAttachment: {} } })
  const { look } = await writeThenLook(bench, bench.open({ ...options, attachWithin: '6h' }), video('job_1'))
  expect(await look(6 * HOUR + 1)).toEqual([
    {
      kind: 'rejected',
      error: { code: 'ATTACHMENT_NOT_FETCHED', message: expect.stringMatching(/Video.*publicUrl/s), retryable: true },
    },
  ])
})

test('while some wait for their files, others are delivered', async () => {
  const bench = await airtableBench(database, { faults: { slowAttachment: { by: 86_400_000 } } })
  const sink = bench.open(options)
  const [waiting] = await send(sink, video('job_1'))
  const answers = await send(sink, next(video('job_1'), waiting, 5_000), video('job_2', []))
  expect(answers.map(({ kind }) => kind)).toEqual(['later', 'delivered'])
})

test('addresses of the provider are handed on as they are', async () => {
  const bench = await airtableBench(database)
  const files = bench.open(options)
  const url = `${bench.address.baseUrl}/v0/films/one.mp4`
  await send(files, video('job_1', [url]))
  expect(bench.links).toEqual([])
  expect(bench.rows('Videos')).toMatchObject([{ Video: [{ url, filename: 'one.mp4' }] }])
})

test('small files are sent themselves, each once, also when the answer was lost and the result comes again', async () => {
  const bench = await airtableBench(database, { faults: { dropAfterWrite: { rate: 0.5 } } })
  // The same server by another name: another origin, as in life.
  const contentUrl = bench.address.baseUrl.replace('127.0.0.1', 'localhost')
  const sink = bench.open({ ...options, attach: 'upload', contentUrl })
  const files = ['a.mp4', 'b.mp4'].map((name) => ({ key: `videos/${name}`, contentType: 'video/mp4' }))
  for (const { key } of files) bench.objects.set(key, Buffer.from(`film ${key}`))
  async function deliverAll(): Promise<DeliveryAnswer | undefined> {
    let delivery = video('job_1', files)
    for (let round = 0; round < 20; round++) {
      const [answer] = await send(sink, delivery)
      if (answer?.kind === 'delivered' || answer?.kind === 'rejected') return answer
      delivery = { ...delivery, memory: answer?.kind === 'later' ? (answer.memory ?? null) : delivery.memory }
    }
    throw new Error('it was never delivered')
  }
  for (let times = 0; times < 2; times++) {
    expect(await deliverAll()).toMatchObject({ kind: 'delivered', receipt: { attachments: 2 } })
    expect(bench.rows('Videos')).toMatchObject([
      { Video: [{ filename: 'a.mp4', size: 17, type: 'video/mp4' }, { filename: 'b.mp4' }] },
    ])
  }
  expect(bench.links).toEqual([])
})

test('a file that is too large to be sent is linked to, with all of its field', async () => {
  const bench = await airtableBench(database)
  bench.objects.set('videos/small.mp4', Buffer.from('small'))
  bench.objects.set('videos/large.mp4', Buffer.alloc(5 * 1024 * 1024 + 1))
  const sink = bench.open({ ...options, attach: 'upload' })
  const delivery = video('job_1', ['videos/small.mp4', 'videos/large.mp4'])
  const [written] = await send(sink, delivery)
  expect(bench.links).toEqual(['videos/small.mp4', 'videos/large.mp4'])
  await fetched(bench, 2)
  expect(await send(sink, next(delivery, written, 5_000))).toMatchObject([{ kind: 'delivered' }])
})
