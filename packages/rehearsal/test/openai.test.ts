import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createOpenAi, type OpenAiOptions } from '../src/index.ts'

async function setUp(options: Partial<OpenAiOptions> = {}) {
  const standIn = createOpenAi({ environment: 'test', seed: 1, ...options })
  onTestFinished(() => standIn.stop())
  const { baseUrl, apiKey } = await standIn.start()
  const embed = async (body: unknown, key = apiKey) => {
    const answer = await fetch(`${baseUrl}/v1/embeddings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
    return { status: answer.status, headers: answer.headers, body: await answer.json() }
  }
  return { standIn, embed, ledger: standIn.ledger, baseUrl, apiKey }
}

const small = (input: unknown, more: object = {}) => ({ model: 'text-embedding-3-small', input, ...more })

const floats = z.array(z.number())
const base64 = z.string().transform((text) => {
  const bytes = Buffer.from(text, 'base64')
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
})
const itemsSchema = z.object({ data: z.array(z.object({ index: z.int(), embedding: z.union([floats, base64]) })) })

const errorSchema = z.strictObject({
  error: z.strictObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
})

/** The vectors of an answer, in its order; base64 is decoded as the official client does. */
const itemsOf = (body: unknown) => itemsSchema.parse(body).data
const vectorsOf = (body: unknown) => itemsOf(body).map(({ embedding }) => embedding)

test('one text gives one labelled vector of length 1 in 1,536 dimensions', async () => {
  const { embed } = await setUp()
  const { status, headers, body } = await embed(small('a rope with an eye'))
  expect(status).toBe(200)
  expect(headers.get('x-becket-stand-in')).toBe('true')
  expect(body).toMatchObject({
    object: 'list',
    model: 'text-embedding-3-small',
    stand_in: true,
    usage: { prompt_tokens: 5, total_tokens: 5 },
    data: [{ object: 'embedding', index: 0 }],
  })
  const [vector] = vectorsOf(body)
  expect(vector).toHaveLength(1536)
  expect(Math.hypot(...(vector ?? []))).toBeCloseTo(1, 5)
})

test('base64 and float say the same numbers', async () => {
  const { embed } = await setUp()
  const float = await embed(small(['one', 'two'], { encoding_format: 'float' }))
  const base64 = await embed(small(['one', 'two'], { encoding_format: 'base64' }))
  expect(vectorsOf(base64.body)).toEqual(vectorsOf(float.body))
  expect(base64.body).toMatchObject({ data: [{ embedding: expect.any(String) }, {}] })
})

test('dimensions are obeyed, and other models have their own', async () => {
  const { embed } = await setUp()
  expect(vectorsOf((await embed(small('x', { dimensions: 8 }))).body)[0]).toHaveLength(8)
  const large = await embed({ model: 'text-embedding-3-large', input: 'x' })
  expect(vectorsOf(large.body)[0]).toHaveLength(3072)
})

test('tokens are taken as one list or as several', async () => {
  const { embed } = await setUp()
  expect((await embed(small([1, 2, 3]))).body).toMatchObject({ data: [{ index: 0 }], usage: { total_tokens: 3 } })
  expect(itemsOf((await embed(small([[1, 2], [3]]))).body)).toHaveLength(2)
})

test.each([
  ['an empty text', small(''), 400],
  ['an empty text among others', small(['a', '']), 400],
  ['an empty list', small([]), 400],
  ['no input', { model: 'text-embedding-3-small' }, 400],
  ['2,049 items', small(Array(2049).fill('a')), 400],
  ['an item of over 8,192 tokens', small('word '.repeat(7000)), 400],
  ['over 300,000 tokens in all', small(Array(50).fill('word '.repeat(5000))), 400],
  ['too many dimensions', small('x', { dimensions: 1537 }), 400],
  ['another encoding', small('x', { encoding_format: 'hex' }), 400],
  ['an unknown model', { model: 'gpt-banana', input: 'x' }, 404],
  ['a body that is not JSON', '{"model"', 400],
])('%s is refused in the real error shape', async (_, body, status) => {
  const { embed } = await setUp()
  const refused = await embed(body)
  expect(refused.status).toBe(status)
  const shape = { message: expect.any(String), type: 'invalid_request_error' }
  expect(refused.body).toMatchObject({ error: shape })
  expect(errorSchema.parse(refused.body)).toBeDefined()
})

test('a wrong key is 401 and is not repeated in the answer', async () => {
  const { embed } = await setUp()
  const refused = await embed(small('x'), 'test-key-of-somebody')
  expect(refused).toMatchObject({ status: 401, body: { error: { code: 'invalid_api_key' } } })
  expect(JSON.stringify(refused.body)).not.toContain('somebody')
})

test('rateLimited: 429 with Retry-After, then served', async () => {
  const { embed } = await setUp({ faults: { rateLimited: { attempts: 2, retryAfterSec: 2 } } })
  for (const _ of [1, 2]) {
    const refused = await embed(small('x'))
    expect(refused).toMatchObject({ status: 429, body: { error: { code: 'rate_limit_exceeded' } } })
    expect(refused.headers.get('retry-after')).toBe('2')
  }
  expect((await embed(small('x'))).status).toBe(200)
  // Another input is another piece of work.
  expect((await embed(small('y'))).status).toBe(429)
})

test('serverError and failure have their own shapes', async () => {
  const broken = await setUp({ faults: { serverError: { status: 500 } } })
  expect(await broken.embed(small('x'))).toMatchObject({ status: 500, body: { error: { type: 'server_error' } } })
  expect((await broken.embed(small('x'))).status).toBe(200)
  const failing = await setUp({ faults: { failure: 1 } })
  expect(await failing.embed(small('x'))).toMatchObject({ status: 400, body: { error: { param: 'input' } } })
})

test('hang: no answer comes until the stand-in stops', async () => {
  const { embed, ledger, standIn } = await setUp({ faults: { hang: 1 } })
  const hung = expect(embed(small('x'))).rejects.toThrow()
  await ledger.waitFor('embed', ({ status }) => status === null)
  await standIn.stop()
  await hung
})

test('delay: the answer takes its time, which stop cuts short', async () => {
  const { embed, ledger, standIn } = await setUp({ faults: { delay: 3_600_000 } })
  const slow = embed(small('x')).then(
    ({ status }) => status,
    () => 'cut',
  )
  await ledger.waitFor('fault', ({ fault }) => fault === 'delay')
  await standIn.stop()
  expect(await slow).not.toBe(200)
})

test('answers can be spoilt: zeros, a short vector, a missing item, another order', async () => {
  const { embed, standIn, ledger } = await setUp()
  const three = small(['a', 'b', 'c'])
  const [healthy] = vectorsOf((await embed(three)).body)

  standIn.setFaults({ zeroVector: 1 })
  expect(new Set(vectorsOf((await embed(three)).body)[0])).toEqual(new Set([0]))
  standIn.setFaults({ wrongLength: 1 })
  expect(vectorsOf((await embed(three)).body)[0]).toHaveLength(1535)
  standIn.setFaults({ missingItem: 1 })
  expect(itemsOf((await embed(three)).body)).toHaveLength(2)
  standIn.setFaults({ reorder: 1 })
  const reordered = itemsOf((await embed(three)).body)
  expect(reordered.map(({ index }) => index)).toEqual([2, 1, 0])
  expect(reordered[2]?.embedding).toEqual(healthy)
  expect(ledger.summary().faults).toEqual({ zeroVector: 1, wrongLength: 1, missingItem: 1, reorder: 1 })
})

test('any other route is refused as the real API does', async () => {
  const { baseUrl, apiKey } = await setUp()
  const answer = await fetch(`${baseUrl}/v1/completions`, { headers: { authorization: `Bearer ${apiKey}` } })
  expect(answer.status).toBe(404)
  expect(await answer.json()).toMatchObject({ error: { message: 'Invalid URL (GET /v1/completions)' } })
})
