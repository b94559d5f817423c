import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readWork } from './work.ts'

const response = (more: object = {}) => ({ object: 'response', id: 'w1', status: 'completed', ...more })
const batch = (more: object = {}) => ({ object: 'batch', id: 'w1', status: 'completed', ...more })

test('a response brings what was written for its reader, and itself', () => {
  const whole = response({
    output: [
      { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'hm' }] },
      {
        type: 'message',
        content: [{ type: 'output_text', text: 'Hello, ' }, { type: 'refusal', refusal: 'no' }, null],
      },
      { type: 'message', content: [{ type: 'output_text', text: 'world' }, { type: 'output_text' }] },
      'x',
    ],
  })
  expect(readWork('response', whole)).toEqual({
    kind: 'outcome',
    externalId: 'w1',
    outcome: { verdict: 'succeeded', output: { ref: 'w1', text: 'Hello, world', raw: whole } },
  })
})

test('a batch brings the names of its files, and how many of its requests went well', () => {
  const done = batch({
    output_file_id: 'f1',
    error_file_id: null,
    request_counts: { total: 3, completed: 2, failed: 1 },
  })
  expect(readWork('batch', done)).toMatchObject({
    outcome: {
      output: { ref: 'w1', outputFileId: 'f1', errorFileId: null, counts: { total: 3, completed: 2, failed: 1 } },
    },
  })
  expect(readWork('batch', batch({ request_counts: { total: -1 } }))).toMatchObject({
    outcome: { output: { outputFileId: null, counts: { total: null, completed: null, failed: null } } },
  })
})

test.each<[object, object]>([
  [
    { status: 'failed', error: { code: 'server_error', message: 'sorry' } },
    { code: 'server_error', message: 'sorry', retryable: true },
  ],
  [
    { status: 'failed', error: { code: 'invalid_prompt', message: 'no' } },
    { code: 'invalid_prompt', message: 'no', retryable: false },
  ],
  [
    { status: 'failed', error: null },
    { code: 'RESPONSE_FAILED', retryable: true },
  ],
  [
    { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
    { code: 'max_output_tokens', retryable: false },
  ],
  [{ status: 'cancelled' }, { code: 'RESPONSE_CANCELLED', retryable: false }],
])('a response that says %j', (more, error) => {
  expect(readWork('response', response(more))).toMatchObject({ outcome: { verdict: 'failed', error } })
})

test.each<[object, object]>([
  [
    { status: 'failed', errors: { object: 'list', data: [{ code: 'invalid_json_line', message: 'line 3', line: 3 }] } },
    { code: 'invalid_json_line', message: 'line 3', retryable: false },
  ],
  [
    { status: 'expired', errors: null },
    { code: 'BATCH_EXPIRED', retryable: true },
  ],
  [{ status: 'cancelled' }, { code: 'BATCH_CANCELLED', retryable: false }],
])('a batch that says %j', (more, error) => {
  expect(readWork('batch', batch(more))).toMatchObject({ outcome: { verdict: 'failed', error } })
})

test.each(['queued', 'in_progress'])('a response that is %s goes on', (status) => {
  expect(readWork('response', response({ status }))).toEqual({ kind: 'pending', externalId: 'w1' })
})

test.each(['validating', 'in_progress', 'finalizing', 'cancelling'])('a batch that is %s goes on', (status) => {
  expect(readWork('batch', batch({ status }))).toEqual({ kind: 'pending', externalId: 'w1' })
})

test.each<[unknown, RegExp]>([
  [batch(), /batch/],
  [response({ status: 'exploded' }), /exploded/],
  [response({ status: undefined }), /no status/],
  [response({ id: null }), /no id/],
  [[], /object/],
])('%j is unreadable as a response', (value, reason) => {
  expect(readWork('response', value)).toEqual({ kind: 'unreadable', reason: expect.stringMatching(reason) })
})

test('rubbish in the shape of work gets a reading', () => {
  const scrap = fc.oneof(
    fc.jsonValue(),
    fc.record({ data: fc.jsonValue(), reason: fc.jsonValue(), code: fc.jsonValue() }),
  )
  const values = fc.record(
    {
      id: fc.jsonValue(),
      status: fc.oneof(fc.constantFrom('completed', 'failed', 'incomplete', 'expired', 'queued'), fc.jsonValue()),
      output: fc.oneof(fc.array(fc.record({ type: fc.constant('message'), content: fc.jsonValue() })), fc.jsonValue()),
      error: scrap,
      errors: scrap,
      incomplete_details: scrap,
      request_counts: fc.jsonValue(),
      output_file_id: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.constantFrom('response' as const, 'batch' as const), values, (kind, value) => {
      const reading = readWork(kind, value)
      if (reading.kind !== 'outcome' || reading.outcome.verdict !== 'failed') return
      expect(reading.outcome.error.code).not.toBe('')
      expect(reading.outcome.error.message.length).toBeLessThanOrEqual(300)
    }),
    { numRuns: 500 },
  )
})
