import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readCallback } from './task.ts'

function read(body: unknown) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return readCallback({ method: 'POST', headers: {}, body: bytes, hints: {} })
}

const output = { video: { url: 'https://files.example.org/v.mp4' } }
const event = (data: object = {}) => ({
  timestamp: 1_749_613_445,
  data: {
    task_id: 't1',
    model: 'm1',
    task_type: 'video_generation',
    status: 'completed',
    config: { webhook_config: { endpoint: 'https://becket.example.org/in/piapi/t/x', secret: 'test-secret' } },
    output,
    error: { code: 0, raw_message: '', message: '', detail: null },
    ...data,
  },
})

test('a completed task brings its output, and nothing of its configuration', () => {
  const reading = read(event())
  expect(reading).toEqual({
    kind: 'outcome',
    externalId: 't1',
    outcome: { verdict: 'succeeded', output: { ref: 't1', output }, providerTime: '2025-06-11T03:44:05.000Z' },
  })
  expect(JSON.stringify(reading)).not.toContain('secret')
})

test('the words of a status are known in any case', () => {
  expect(read(event({ status: 'Completed' })).kind).toBe('outcome')
  for (const status of ['Staged', 'pending', 'Processing']) {
    expect(read(event({ status }))).toEqual({ kind: 'progress', externalId: 't1' })
  }
})

test('a task without an envelope is read, and one without an id is found by its address', () => {
  expect(read(event().data)).toMatchObject({ externalId: 't1', outcome: { verdict: 'succeeded' } })
  expect(read(event({ task_id: null }))).toMatchObject({ externalId: null, outcome: { output: { ref: null } } })
})

test.each<[unknown, object]>([
  [
    { code: 10000, raw_message: 'x', message: 'no faces' },
    { code: '10000', message: 'no faces' },
  ],
  [
    { code: 0, raw_message: 'quota', message: '' },
    { code: 'TASK_FAILED', message: 'quota' },
  ],
  [
    { code: 0, message: '' },
    { code: 'TASK_FAILED', message: 'PiAPI failed and did not say why' },
  ],
  ['boom', { code: 'TASK_FAILED', message: 'boom' }],
  [null, { code: 'TASK_FAILED' }],
])('a failure that says %j', (error, told) => {
  expect(read(event({ status: 'failed', output: null, error }))).toMatchObject({
    kind: 'outcome',
    externalId: 't1',
    outcome: { verdict: 'failed', error: { ...told, retryable: true } },
  })
})

test.each<[string, unknown]>([
  ['a status that is not known', event({ status: 'exploded' })],
  ['no status', event({ status: null })],
  ['success without an output', event({ output: null })],
  ['success with an empty output', event({ output: {} })],
  ['no data', { timestamp: 1 }],
  ['a list', [event()]],
  ['no JSON', 'ok'],
  ['nothing', ''],
])('%s is unreadable, never a failure', (_, body) => {
  expect(read(body)).toEqual({ kind: 'unreadable', reason: expect.any(String) })
})

test('rubbish of any bytes, and in the shape of a task, gets a reading', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(read(Buffer.from(bytes)).kind).toBe('unreadable')))
  const data = fc.record(
    {
      task_id: fc.jsonValue(),
      status: fc.oneof(fc.constantFrom('completed', 'failed', 'staged', 'Pending'), fc.jsonValue()),
      output: fc.jsonValue(),
      error: fc.oneof(
        fc.record({ code: fc.jsonValue(), message: fc.jsonValue(), raw_message: fc.jsonValue() }),
        fc.jsonValue(),
      ),
    },
    { requiredKeys: [] },
  )
  const bodies = fc.record({ timestamp: fc.oneof(fc.double(), fc.jsonValue()), data })
  fc.assert(
    fc.property(bodies, (body) => {
      const reading = read(body)
      if (reading.kind !== 'outcome' || reading.outcome.verdict !== 'failed') return
      expect(reading.outcome.error.code).not.toBe('')
      expect(reading.outcome.error.message).toMatch(/./)
      expect(reading.outcome.error.message.length).toBeLessThanOrEqual(300)
    }),
    { numRuns: 500 },
  )
})
