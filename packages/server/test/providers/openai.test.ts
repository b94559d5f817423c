/** Embeddings over real HTTP: against fakes that say one thing, and against the stand-in. */
import { createOpenAi, type OpenAi } from '@becket/rehearsal'
import { describe, expect, test } from 'vitest'
import { openAi } from '../../src/providers/openai/openai.ts'
import type { SubmitRequest } from '../../src/providers/provider.ts'
import { createBench, signal } from './bench.ts'

const bench = createBench()

const request = (input: unknown): SubmitRequest => ({ operation: 'embed', input, key: 'k1', clientId: 'exp_1' })
const two = { texts: ['one', 'two'], model: 'text-embedding-3-small' }

async function embedWith(status: number, body: unknown, headers: Record<string, string> = {}, input: unknown = two) {
  const seen: unknown[] = []
  const { baseUrl } = await bench.fake((app) => {
    app.post('/v1/embeddings', (incoming, reply) => {
      seen.push(incoming.body, incoming.headers.authorization)
      return reply.code(status).headers(headers).send(body)
    })
  })
  const answer = await bench.source(openAi, { baseUrl: `${baseUrl}/v1` }).submit?.(request(input), signal)
  return { answer, seen }
}

const data = [
  { index: 1, embedding: [3, 4] },
  { index: 0, embedding: 'AACAPwAAAEA=' },
]

test('texts become vectors in their order, with the model and the tokens that were counted', async () => {
  const body = { data, model: 'text-embedding-3-small', usage: { prompt_tokens: 2, total_tokens: 2 } }
  const { answer, seen } = await embedWith(200, body)
  expect(answer).toEqual({
    kind: 'answered',
    externalId: null,
    outcome: {
      verdict: 'succeeded',
      output: {
        vectors: [
          [1, 2],
          [3, 4],
        ],
        model: 'text-embedding-3-small',
        tokens: 2,
      },
    },
  })
  expect(seen).toEqual([{ model: two.model, input: two.texts, encoding_format: 'base64' }, 'Bearer test-key'])
})

test('dimensions are asked for where they are given', async () => {
  const { seen } = await embedWith(200, {}, {}, { ...two, dimensions: 2 })
  expect(seen[0]).toMatchObject({ dimensions: 2 })
})

test.each<[string, unknown]>([
  ['a vector too few', { data: data.slice(1) }],
  ['no data', {}],
  ['no JSON', 'fine'],
])('an answer with %s is a failure, and nothing is made up', async (_, body) => {
  const { answer } = await embedWith(200, body)
  expect(answer).toMatchObject({
    kind: 'answered',
    outcome: { verdict: 'failed', error: { code: 'EMBEDDING_INVALID', retryable: true } },
  })
})

test.each<[number, Record<string, string>, unknown, object]>([
  [
    400,
    {},
    { message: 'too long', type: 'invalid_request_error', code: 'context_length_exceeded' },
    { kind: 'refused', error: { code: 'context_length_exceeded', message: 'too long', retryable: false } },
  ],
  [
    401,
    {},
    { message: `Incorrect API key provided: ${['sk', 'abcdef'].join('-')}`, code: 'invalid_api_key' },
    { kind: 'refused', error: { message: expect.stringMatching(/provided: \[redacted\].*apiKey/), retryable: false } },
  ],
  [
    429,
    { 'retry-after': '2' },
    { message: 'slow down', code: 'rate_limit_exceeded' },
    { kind: 'refused', error: { code: 'rate_limit_exceeded', retryable: true }, retryAfterMs: 2000 },
  ],
  [
    500,
    {},
    { message: 'sorry', type: 'server_error', code: null },
    { kind: 'unclear', error: { code: 'server_error' } },
  ],
  [503, { 'retry-after': '1' }, { message: 'overloaded' }, { kind: 'refused', retryAfterMs: 1000 }],
])('%d %j is told as the provider told it', async (status, headers, error, expected) => {
  expect((await embedWith(status, { error }, headers)).answer).toMatchObject(expected)
})

test.each<[string, unknown, RegExp]>([
  ['too many texts', { ...two, texts: Array.from({ length: 2049 }, () => 'x') }, /2048/],
  ['an empty text', { ...two, texts: ['x', ''] }, /`texts\.1`: no text may be empty/],
  ['no text', { ...two, texts: [] }, /at least one/],
  ['no model', { texts: ['x'] }, /model/],
  ['no input', null, /input/],
])('%s: refused before anything is sent', async (_, input, message) => {
  const { answer, seen } = await embedWith(200, {}, {}, input)
  expect(answer).toMatchObject({
    kind: 'refused',
    error: { code: 'INPUT_INVALID', message: expect.stringMatching(message), retryable: false },
  })
  expect(seen).toEqual([])
})

test('a server that never answers leaves it unclear', async () => {
  const { baseUrl } = await bench.fake((app) => {
    app.post('/v1/embeddings', (_, reply) => void reply.hijack())
  })
  const source = bench.source(openAi, { baseUrl, maxDeadlineMs: 100 })
  expect(await source.submit?.(request(two), signal)).toMatchObject({ kind: 'unclear', error: { code: 'TIMEOUT' } })
})

describe('against the stand-in', () => {
  async function rehearse(faults: Parameters<OpenAi['setFaults']>[0]) {
    const standIn = createOpenAi({ environment: 'test', seed: 1, faults })
    bench.onEnd(() => standIn.stop())
    const { baseUrl, apiKey } = await standIn.start()
    return bench.source(openAi, { baseUrl, apiKey }).submit?.(request({ ...two, dimensions: 8 }), signal)
  }

  test('the same texts get the same vectors, in whatever order they come', async () => {
    const plain = await rehearse({})
    expect(plain).toMatchObject({ kind: 'answered', outcome: { verdict: 'succeeded' } })
    expect(await rehearse({ reorder: 1 })).toEqual(plain)
    if (plain?.kind !== 'answered' || plain.outcome.verdict !== 'succeeded') throw new Error('no vectors')
    expect(plain.outcome.output).toMatchObject({ vectors: [{ length: 8 }, { length: 8 }] })
  })

  test('its faults are told apart', async () => {
    expect(await rehearse({ rateLimited: { rate: 1, retryAfterSec: 1 } })).toMatchObject({
      kind: 'refused',
      retryAfterMs: 1000,
    })
    expect(await rehearse({ serverError: { rate: 1, status: 502 } })).toMatchObject({ kind: 'unclear' })
    expect(await rehearse({ failure: 1 })).toMatchObject({ kind: 'refused', error: { retryable: false } })
    expect(await rehearse({ missingItem: 1 })).toMatchObject({ outcome: { error: { code: 'EMBEDDING_INVALID' } } })
  })
})
