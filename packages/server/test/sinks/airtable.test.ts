/** Rows in a table of Airtable, over real HTTP: each result once, whatever is answered and however often it comes. */

import Airtable from 'airtable'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeliveryAnswer } from '../../src/core/delivery.ts'
import { type TestDatabase, testDatabase } from '../database.ts'
import { airtableBench, send } from './airtable-bench.ts'
import { deliveryOf, resultWith } from './bench.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

/** One delivery per id, as the outbox would hand them over. */
function deliveries(...ids: string[]) {
  return ids.map((id) => deliveryOf(resultWith({ id, key: `key of ${id}` }), { id: `dlv_${id}` }))
}

const failed = (id: string) =>
  resultWith({
    id,
    type: 'job.deadletter',
    state: 'deadletter',
    status: 'failed_parse',
    error: { code: 'PARSE_EMPTY', message: 'no text', retryable: false },
  })

const kinds = (answers: readonly DeliveryAnswer[]) => answers.map(({ kind }) => kind)

describe('rows', () => {
  test('are written ten in one request, and once each, however often they are delivered', async () => {
    const bench = await airtableBench(database)
    const batch = deliveries(...Array.from({ length: 10 }, (_, index) => `job_${index}`))
    const sink = bench.open()
    const first = await send(sink, ...batch)
    expect(kinds(first)).toEqual(Array(10).fill('delivered'))
    expect(first[3]).toMatchObject({ receipt: { recordId: expect.stringMatching(/^rec/) } })
    expect(bench.airtable.ledger.entries('records')).toHaveLength(1)
    expect(await send(sink, ...batch)).toEqual(first)
    expect(bench.rows()).toHaveLength(10)
    expect(bench.rows()[0]).toEqual({ 'Run ID': 'job_0', Status: 'completed' })
  })

  test('follow a later result of the same job, and lose what it has no more', async () => {
    const bench = await airtableBench(database)
    const sink = bench.open()
    await send(sink, deliveryOf(failed('job_1')))
    expect(bench.rows()).toEqual([{ 'Run ID': 'job_1', Status: 'failed', 'Error Details': 'no text' }])
    await send(sink, ...deliveries('job_1'))
    expect(bench.rows()).toEqual([{ 'Run ID': 'job_1', Status: 'completed' }])
  })

  test('are not written of the types of results that are not wanted, and the others of a batch are', async () => {
    const bench = await airtableBench(database)
    const sink = bench.open({ types: ['job.deadletter'] })
    const answers = await send(sink, ...deliveries('job_1'), deliveryOf(failed('job_2'), { id: 'dlv_job_2' }))
    expect(answers).toMatchObject([{ kind: 'delivered', receipt: { skipped: true } }, { kind: 'delivered' }])
    expect(bench.rows()).toEqual([{ 'Run ID': 'job_2', Status: 'failed', 'Error Details': 'no text' }])
  })

  test('are found by the caller’s own key where that is asked for, and two jobs of one key take turns', async () => {
    const bench = await airtableBench(database)
    const fields = { Notes: 'Made by {/pipeline}: {/output/pages} pages', 'Response Payload': '/output' }
    const sink = bench.open({ identify: 'key', runId: 'Job ID', fields })
    const one = deliveryOf(resultWith({ id: 'job_1', key: 'k "1"' }))
    const other = deliveryOf(resultWith({ id: 'job_2', key: 'k "1"' }), { id: 'dlv_2' })
    expect(kinds(await send(sink, one, other))).toEqual(['delivered', 'later'])
    await send(sink, other)
    expect(bench.rows()).toEqual([
      { 'Job ID': 'k "1"', Notes: 'Made by document: 3 pages', 'Response Payload': '{"pages":3}' },
    ])
  })

  test('that are there already are written to by the record id in the key, and none is made', async () => {
    const bench = await airtableBench(database)
    const base = new Airtable({ apiKey: 'test-key', endpointUrl: bench.address.baseUrl }).base(bench.address.base)
    const { id } = await base('Jobs').create({ Status: 'processing', Notes: 'theirs' })
    const sink = bench.open({ identify: 'record' })
    const keyed = (key: string) => deliveryOf(resultWith({ key }), { id: `dlv_${key}` })
    const answers = await send(sink, keyed(`adopted:${id}`), keyed('order-7'), keyed('recAAAAAAAAAAAAAA'))
    expect(answers).toMatchObject([
      { kind: 'delivered', receipt: { recordId: id } },
      { kind: 'rejected', error: { code: 'RECORD_UNKNOWN', message: expect.stringContaining('order-7') } },
      { kind: 'rejected', error: { code: 'MODEL_ID_NOT_FOUND', message: expect.stringContaining('deleted') } },
    ])
    expect(bench.rows()).toEqual([{ Status: 'completed', Notes: 'theirs' }])
  })

  test('that are there twice already: the oldest is written to, the others are told of and left', async () => {
    const bench = await airtableBench(database)
    const table = new Airtable({ apiKey: 'test-key', endpointUrl: bench.address.baseUrl }).base(bench.address.base)(
      'Jobs',
    )
    const twins: string[] = []
    for (const note of ['older', 'newer']) twins.push((await table.create({ 'Run ID': 'job_2', Notes: note })).id)
    const answers = await send(bench.open(), ...deliveries('job_1', 'job_2', 'job_3'))
    expect(kinds(answers)).toEqual(['delivered', 'delivered', 'delivered'])
    const oldest = bench.rows().find(({ Status }) => Status === undefined)?.Notes === 'newer' ? twins[0] : twins[1]
    expect(answers[1]).toMatchObject({
      receipt: { recordId: oldest, twins: [expect.any(String)], warning: expect.stringContaining('2 rows') },
    })
    expect(bench.rows()).toHaveLength(4)
    expect(await send(bench.open(), ...deliveries('job_2'))).toEqual([answers[1]])
  })

  test('are read back by the official client as they were delivered', async () => {
    const bench = await airtableBench(database)
    await send(bench.open(), ...deliveries('job_1'), deliveryOf(failed('job_2'), { id: 'dlv_2' }))
    const base = new Airtable({ apiKey: 'test-key', endpointUrl: bench.address.baseUrl }).base(bench.address.base)
    const records = await base('Jobs').select({ filterByFormula: '{Status}="failed"' }).all()
    expect(records.map(({ fields }) => fields)).toEqual([
      { 'Run ID': 'job_2', Status: 'failed', 'Error Details': 'no text' },
    ])
  })
})

describe('one that Airtable refuses', () => {
  test('fails alone, with the option and the remedy named, and its neighbours are there', async () => {
    const bench = await airtableBench(database)
    const sink = bench.open({ statuses: { completed: 'completed', failed: 'failed', failed_parse: 'No text' } })
    const batch = [
      ...deliveries('a', 'b', 'c', 'd'),
      deliveryOf(failed('poison'), { id: 'dlv_p' }),
      ...deliveries('e', 'f'),
    ]
    const answers = await send(sink, ...batch)
    expect(kinds(answers)).toEqual([...Array(4).fill('delivered'), 'rejected', 'delivered', 'delivered'])
    expect(answers[4]).toMatchObject({
      error: {
        code: 'INVALID_MULTIPLE_CHOICE_OPTIONS',
        message: expect.stringMatching(/No text.*sinks\.jobs\.statuses/s),
        retryable: false,
      },
    })
    expect(bench.rows()).toHaveLength(6)
  })

  test.each<[string, Record<string, unknown>, RegExp]>([
    ['for a field that is not there', { fields: { Statsu: '/status' } }, /"Statsu".*Add the field/s],
    ['for a value of another type', { table: 'Videos', fields: { Bytes: '/key' } }, /"Bytes".*type of the field/s],
    ['for a run id whose field is not there', { runId: 'Nr' }, /"Nr".*sinks\.jobs/s],
  ])('%s says which', async (_, options, said) => {
    const bench = await airtableBench(database)
    const [answer] = await send(bench.open(options), ...deliveries('job_1'))
    expect(answer).toMatchObject({ kind: 'rejected', error: { message: expect.stringMatching(said) } })
  })
})

describe('what concerns the whole table', () => {
  test.each<[string, Record<string, unknown>, { apiKey?: string }, object]>([
    ['an unknown key', {}, { apiKey: 'other-key' }, { message: expect.stringContaining('sinks.jobs.apiKey') }],
    ['a table that is not there', { table: 'Jbos' }, {}, { message: expect.stringContaining('Jbos') }],
    ['a base that is not there', { base: 'appElsewhere' }, {}, { message: expect.stringContaining('appElsewhere') }],
  ])('%s may be mended: it is tried again, and is no fault of Airtable', async (_, options, at, error) => {
    const bench = await airtableBench(database)
    const [answer] = await send(bench.open(options, at), ...deliveries('job_1'))
    expect(answer).toEqual({ kind: 'retry', error: expect.objectContaining(error) })
    expect(JSON.stringify(answer)).not.toMatch(/(test|other)-key/)
  })

  test('an answer that never came after the write: the repeat changes the same row', async () => {
    const bench = await airtableBench(database, { faults: { dropAfterWrite: {} } })
    const sink = bench.open()
    const lost = await send(sink, ...deliveries('job_1', 'job_2'))
    expect(lost).toEqual(Array(2).fill(expect.objectContaining({ kind: 'retry', isFault: true })))
    expect(bench.rows()).toHaveLength(2)
    bench.airtable.setFaults({})
    expect(kinds(await send(sink, ...deliveries('job_1', 'job_2')))).toEqual(['delivered', 'delivered'])
    expect(bench.rows()).toHaveLength(2)
  })

  test('an Airtable that fails, or is away, is a fault, and nothing is tried one by one', async () => {
    const bench = await airtableBench(database, { faults: { error500: { attempts: 9 } } })
    const answers = await send(bench.open(), ...deliveries('a', 'b', 'c'))
    expect(answers).toEqual(Array(3).fill(expect.objectContaining({ kind: 'retry', isFault: true })))
    expect(bench.airtable.ledger.entries('records')).toHaveLength(1)
    const away = bench.open({}, { baseUrl: 'http://127.0.0.1:9' })
    expect(await send(away, ...deliveries('a'))).toMatchObject([{ kind: 'retry', isFault: true }])
  })
})

describe('limits', () => {
  test('a 429 keeps every worker away from the base for half a minute, and costs no try', async () => {
    const bench = await airtableBench(database, { limits: { perBase: 5, perKey: 50 }, faults: { throttle: {} } })
    const [here, there] = [bench.open(), bench.open({ table: 'Videos' })]
    expect(await send(here, ...deliveries('a', 'b'))).toEqual(
      Array(2).fill({ kind: 'later', afterMs: 30_000, reason: expect.stringContaining('enough requests') }),
    )
    const [theirs] = await send(there, ...deliveries('c'))
    expect(theirs).toMatchObject({ kind: 'later', reason: expect.stringContaining('pace') })
    expect(theirs?.kind === 'later' && theirs.afterMs).toBeGreaterThan(28_000)
    expect(bench.airtable.ledger.entries('records')).toHaveLength(1)
  })

  test('a base whose plan is used up stops costing nothing after a day', async () => {
    const bench = await airtableBench(database, { faults: { throttle: { attempts: 9 } } })
    const [old] = deliveries('a')
    const day = 24 * 3_600_000
    const answers = await send(bench.open(), { ...deliveryOf(resultWith()), ...old, ageMs: day })
    expect(answers).toMatchObject([{ kind: 'retry', error: { code: 'RATE_LIMITED' } }])
  })

  test('two workers together stay below what Airtable takes', async () => {
    const bench = await airtableBench(database, { limits: { perBase: 5, perKey: 50 } })
    const workers = [bench.open({ perSecond: 4 }), bench.open({ perSecond: 4 })]
    const sent = Array.from({ length: 8 }, (_, index) =>
      workers[index % 2]?.deliver(deliveries(`job_${index}`), new AbortController().signal),
    )
    const answers = (await Promise.all(sent)).flatMap((answer) => answer ?? [])
    expect(kinds(answers)).not.toContain('retry')
    expect(bench.airtable.ledger.entries('records').every(({ status }) => status === 200)).toBe(true)
  })
})
