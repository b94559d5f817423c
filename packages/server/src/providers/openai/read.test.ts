import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openAiOptions } from './options.ts'
import { readEvent, readEventId } from './read.ts'

function callback(body: unknown, headers: Record<string, string> = {}) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return { method: 'POST', headers, body: bytes, hints: {} }
}

const read = (body: unknown) => readEvent(callback(body))

const event = (type: unknown, data: unknown = { id: 'w1' }) => ({
  object: 'event',
  id: 'evt_1',
  type,
  created_at: 1_719_168_000,
  data,
})

test.each(['response', 'batch'])('%s.completed is a success that only names the work', (kind) => {
  expect(read(event(`${kind}.completed`))).toEqual({
    kind: 'outcome',
    externalId: 'w1',
    outcome: { verdict: 'succeeded', output: { ref: 'w1' }, providerTime: '2024-06-23T18:40:00.000Z' },
  })
})

test.each<[string, string, boolean]>([
  ['response.failed', 'RESPONSE_FAILED', true],
  ['response.cancelled', 'RESPONSE_CANCELLED', false],
  ['response.incomplete', 'RESPONSE_INCOMPLETE', false],
  ['batch.failed', 'BATCH_FAILED', false],
  ['batch.cancelled', 'BATCH_CANCELLED', false],
  ['batch.expired', 'BATCH_EXPIRED', true],
])('%s is the failure %s, worth a repeat: %s', (type, code, retryable) => {
  expect(read(event(type))).toMatchObject({
    kind: 'outcome',
    externalId: 'w1',
    outcome: { verdict: 'failed', error: { code, message: expect.stringMatching(/./), retryable } },
  })
})

test.each(['response.in_progress', 'response.queued', 'batch.finalizing'])('%s ends nothing', (type) => {
  expect(read(event(type))).toEqual({ kind: 'progress', externalId: 'w1' })
})

test.each<[string, unknown]>([
  ['work of another kind', event('fine_tuning.job.succeeded')],
  ['an evaluation', event('eval.run.failed')],
  ['a call', event('realtime.call.incoming')],
  ['a word that is not known', event('response.exploded')],
  ['a word that only batches know', event('response.expired')],
  ['a name that every object has', event('response.constructor')],
  ['no type', event(undefined)],
  ['a type that is a number', event(7)],
  ['no id', event('response.completed', {})],
  ['no data', event('batch.failed', null)],
  ['a list', [event('response.completed')]],
  ['no JSON', 'ok'],
  ['nothing', ''],
])('%s is unreadable, never a failure', (_, body) => {
  expect(read(body)).toEqual({ kind: 'unreadable', reason: expect.any(String) })
})

test('a time that is none leaves the outcome without one', () => {
  const reading = read({ ...event('response.completed'), created_at: 1e300 })
  expect(reading).toMatchObject({ kind: 'outcome', outcome: { verdict: 'succeeded' } })
  expect(JSON.stringify(reading)).not.toContain('providerTime')
})

describe('the id of a delivery', () => {
  test('is the header’s, else the event’s', () => {
    expect(readEventId(callback(event('response.completed'), { 'webhook-id': 'wh_1' }))).toBe('wh_1')
    expect(readEventId(callback(event('response.completed')))).toBe('evt_1')
  })

  test('is not made up', () => {
    expect(readEventId(callback('ok'))).toBeNull()
    // A whole response, sent by somebody: its id is that of the work.
    expect(readEventId(callback({ id: 'w1', object: 'response' }))).toBeNull()
  })
})

describe('rubbish', () => {
  test('of any bytes gets a reading', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(read(Buffer.from(bytes)).kind).toBe('unreadable')
        expect(readEventId(callback(Buffer.from(bytes)))).toBeNull()
      }),
    )
  })

  test('in the shape of an event gets a reading, and an outcome names its work', () => {
    const types = fc.oneof(
      fc.constantFrom('response.completed', 'response.failed', 'batch.expired', 'batch.in_progress', 'batch.x'),
      fc.jsonValue(),
    )
    const bodies = fc.record(
      {
        id: fc.jsonValue(),
        type: types,
        created_at: fc.oneof(fc.double(), fc.jsonValue()),
        data: fc.oneof(fc.record({ id: fc.oneof(fc.string(), fc.jsonValue()) }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(bodies, (body) => {
        const reading = read(body)
        if (reading.kind !== 'unreadable') expect(reading.externalId).toEqual(expect.stringMatching(/\S/))
        readEventId(callback(body))
      }),
      { numRuns: 500 },
    )
  })
})

test('a secret that can sign nothing is refused with the option, and is not repeated', () => {
  expect(openAiOptions.safeParse({ webhookSecret: 'whsec_dGVzdC1rZXk=' }).success).toBe(true)
  const refused = openAiOptions.safeParse({ webhookSecret: 'hush hush' })
  expect(refused.error?.issues).toMatchObject([{ path: ['webhookSecret'], message: expect.stringMatching(/base64/) }])
  expect(JSON.stringify(refused.error)).not.toContain('hush')
})
