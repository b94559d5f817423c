import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCallback } from './transcript.ts'

function read(body: unknown) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return readCallback({ method: 'POST', headers: {}, body: bytes, hints: {} })
}

const ourId = 'exp_01hzy3v9d6e8r9t0vwxyzabcde'
const transcription = { language_code: 'en', text: 'Hello', words: [{ text: 'Hello', start: 0, end: 0.5 }] }
const event = (data: object = {}) => ({
  type: 'speech_to_text_transcription',
  event_timestamp: 1_739_537_297,
  data: { request_id: 'r1', webhook_metadata: { becket: ourId }, transcription, ...data },
})

test('a transcript is a success, found by our own id', () => {
  expect(read(event())).toEqual({
    kind: 'outcome',
    externalId: ourId,
    outcome: {
      verdict: 'succeeded',
      output: { ref: null, text: 'Hello', raw: transcription },
      providerTime: '2025-02-14T12:48:17.000Z',
    },
  })
})

test.each<[string, object, string | null]>([
  ['our id in metadata that stayed text', { webhook_metadata: JSON.stringify({ becket: ourId }) }, ourId],
  ['a name that is not an id of ours', { webhook_metadata: { becket: 'x' }, transcription_id: 't1' }, 't1'],
  ['somebody else’s metadata', { webhook_metadata: { job: 7 } }, 'r1'],
  ['no metadata', { webhook_metadata: null, transcription_id: 't1' }, 't1'],
  ['nothing that names it', { webhook_metadata: 'x', request_id: '' }, null],
])('it is found by %s', (_, data, externalId) => {
  expect(read(event(data))).toMatchObject({ kind: 'outcome', externalId })
})

test('channels come one after the other, and silence is a transcript', () => {
  const channels = { transcripts: [{ text: 'One' }, { text: 'Two' }] }
  expect(read(event({ transcription: channels }))).toMatchObject({ outcome: { output: { text: 'One\nTwo' } } })
  expect(read(event({ transcription: { text: '' } }))).toMatchObject({ outcome: { output: { text: '' } } })
})

test.each<[string, unknown]>([
  ['a call of an agent', { ...event(), type: 'post_call_transcription' }],
  ['no type', { data: event().data }],
  ['no data', { type: 'speech_to_text_transcription' }],
  ['no transcript', event({ transcription: null })],
  ['an error, whose shape nobody knows', event({ transcription: null, error: { message: 'boom' } })],
  ['a transcript without text', event({ transcription: { words: [] } })],
  ['channels of which one has no text', event({ transcription: { transcripts: [{ text: 'One' }, {}] } })],
  ['no channels', event({ transcription: { transcripts: [] } })],
  ['a list', [event()]],
  ['no JSON', 'ok'],
  ['nothing', ''],
])('%s is unreadable, never a failure', (_, body) => {
  expect(read(body)).toEqual({ kind: 'unreadable', reason: expect.any(String) })
})

describe('rubbish', () => {
  test('of any bytes gets a reading', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void expect(read(Buffer.from(bytes)).kind).toBe('unreadable')))
  })

  test('in the shape of an event gets a reading, and success has a text', () => {
    const data = fc.record(
      {
        request_id: fc.jsonValue(),
        transcription_id: fc.jsonValue(),
        webhook_metadata: fc.jsonValue(),
        transcription: fc.oneof(
          fc.record({ text: fc.oneof(fc.string(), fc.jsonValue()), transcripts: fc.jsonValue() }),
          fc.jsonValue(),
        ),
      },
      { requiredKeys: [] },
    )
    const bodies = fc.record({
      type: fc.oneof(fc.constant('speech_to_text_transcription'), fc.jsonValue()),
      event_timestamp: fc.oneof(fc.double(), fc.jsonValue()),
      data,
    })
    fc.assert(
      fc.property(bodies, (body) => {
        const reading = read(body)
        if (reading.kind === 'unreadable') return
        expect(reading).toMatchObject({ outcome: { verdict: 'succeeded', output: { text: expect.any(String) } } })
      }),
      { numRuns: 500 },
    )
  })
})
