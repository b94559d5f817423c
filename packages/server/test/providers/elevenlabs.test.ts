/** ElevenLabs' speech to text over real HTTP: handing sound in, asking for the transcript. */
import { describe, expect, test } from 'vitest'
import { elevenLabs } from '../../src/providers/elevenlabs/elevenlabs.ts'
import type { SubmitRequest } from '../../src/providers/provider.ts'
import { expected as anyExpected, createBench, signal } from './bench.ts'

const bench = createBench()

const expected = { ...anyExpected, operation: 'transcribe', externalId: 't1' }
const taken = { message: 'taken', request_id: 'r1', transcription_id: 't1' }
const transcript = { transcription_id: 't1', language_code: 'en', text: 'Hello', words: [] }

async function at(status: number, body: unknown, headers: Record<string, string> = {}, options = {}) {
  const seen: unknown[] = []
  const forms: Record<string, unknown>[] = []
  const { baseUrl } = await bench.fake((app) => {
    app.all('/*', async (request, reply) => {
      seen.push([request.method, request.url, request.headers['xi-api-key']])
      if (Buffer.isBuffer(request.body)) {
        const type = request.headers['content-type'] ?? ''
        const form = await new Response(request.body, { headers: { 'content-type': type } }).formData()
        forms.push(Object.fromEntries(form.entries()))
      }
      return reply.code(status).headers(headers).send(body)
    })
  })
  return { seen, forms, source: bench.source(elevenLabs, { baseUrl, options }) }
}

describe('handing in sound', () => {
  const cloud_storage_url = 'https://files.example.org/a.mp3?signature=x'
  const request = (more: Partial<SubmitRequest> = {}): SubmitRequest => ({
    operation: 'transcribe',
    input: { cloud_storage_url },
    callbackUrl: 'https://becket.example.org/in/elevenlabs/t/token',
    key: 'k1',
    clientId: 'exp_1',
    ...more,
  })
  const told = { webhook: 'true', webhook_metadata: '{"becket":"exp_1"}' }

  test('by its address, with our id among the metadata', async () => {
    const { seen, forms, source } = await at(200, taken, {}, { webhookId: 'wh1' })
    const input = { cloud_storage_url, diarize: true, num_speakers: 2, webhook_metadata: 'theirs', webhook: false }
    expect(await source.submit?.(request({ input }), signal)).toEqual({ kind: 'accepted', externalId: 't1' })
    expect(seen).toEqual([['POST', '/v1/speech-to-text', 'test-key']])
    const fields = { model_id: 'scribe_v2', cloud_storage_url, diarize: 'true', num_speakers: '2' }
    expect(forms).toEqual([{ ...fields, ...told, webhook_id: 'wh1' }])
  })

  test('as a file, by a model of one’s own choice', async () => {
    const { forms, source } = await at(200, taken, {}, { model: 'm1' })
    const file = { content: Buffer.from([0, 255, 13, 10]), filename: 'a.mp3', mime: 'audio/mpeg' }
    await source.submit?.(request({ input: null, file }), signal)
    expect(forms).toMatchObject([{ model_id: 'm1', ...told }])
    const sent = forms[0]?.file
    if (!(sent instanceof Blob)) throw new Error('no file')
    expect([...new Uint8Array(await sent.arrayBuffer())]).toEqual([...file.content])
  })

  test('where nobody is called back, the answer is the transcript', async () => {
    const { forms, source } = await at(200, transcript)
    const { callbackUrl: _, ...without } = request()
    expect(await source.submit?.(without, signal)).toEqual({
      kind: 'answered',
      externalId: 't1',
      outcome: { verdict: 'succeeded', output: { ref: 't1', text: 'Hello', raw: transcript } },
    })
    expect(forms).toEqual([{ model_id: 'scribe_v2', cloud_storage_url }])
  })

  test.each<[string, unknown, object]>([
    ['only the id of the request', { request_id: 'r1' }, { kind: 'accepted', externalId: 'r1' }],
    ['no id', { message: 'taken' }, { kind: 'unclear', error: { code: 'ANSWER_UNREADABLE' } }],
    ['no JSON', 'fine', { kind: 'unclear' }],
  ])('an answer with %s', async (_, body, answer) => {
    const { source } = await at(200, body)
    expect(await source.submit?.(request(), signal)).toMatchObject(answer)
  })

  test.each<[number, Record<string, string>, object]>([
    [422, {}, { kind: 'refused', error: { message: 'because', retryable: false } }],
    [401, {}, { kind: 'refused', error: { message: expect.stringMatching(/region/), retryable: false } }],
    [429, { 'retry-after': '2' }, { kind: 'refused', error: { retryable: true }, retryAfterMs: 2000 }],
    [500, {}, { kind: 'unclear' }],
  ])('a refusal with %d %j', async (status, headers, answer) => {
    const { source } = await at(status, { detail: { status: 'x', message: 'because' } }, headers)
    expect(await source.submit?.(request(), signal)).toMatchObject(answer)
  })

  test('a server that never answers leaves it unclear', async () => {
    const { baseUrl } = await bench.fake((app) => {
      app.post('/v1/speech-to-text', (_, reply) => void reply.hijack())
    })
    const source = bench.source(elevenLabs, { baseUrl, maxDeadlineMs: 100 })
    expect(await source.submit?.(request(), signal)).toMatchObject({ kind: 'unclear', error: { code: 'TIMEOUT' } })
  })

  test.each<[string, Partial<SubmitRequest>, string]>([
    ['neither file nor address', { input: {} }, 'INPUT_INVALID'],
    ['both', { file: { content: Buffer.from('x'), filename: 'x', mime: 'audio/mpeg' } }, 'INPUT_INVALID'],
    ['a field that breaks the form', { input: { cloud_storage_url, 'x"\r\n': 'y' } }, 'INPUT_INVALID'],
    ['a text', { input: 'hello' }, 'INPUT_INVALID'],
    ['text to speech', { operation: 'speak' }, 'OPERATION_UNKNOWN'],
  ])('%s is refused before anything is sent', async (_, more, code) => {
    const { seen, source } = await at(200, taken)
    expect(await source.submit?.(request(more), signal)).toMatchObject({ kind: 'refused', error: { code } })
    expect(seen).toEqual([])
  })
})

describe('a check', () => {
  test.each<[string, unknown, object]>([
    ['there', transcript, { kind: 'outcome', outcome: { verdict: 'succeeded', output: { ref: 't1', text: 'Hello' } } }],
    ['there without its id', { text: 'Hello' }, { outcome: { output: { ref: 't1' } } }],
    ['another', { ...transcript, transcription_id: 't2' }, { reason: expect.stringMatching(/another/) }],
    ['on its way', { status: 'processing', text: '' }, { kind: 'pending' }],
    ['in a state that nobody knows', { status: 'lost', text: '' }, { reason: expect.stringMatching(/lost/) }],
    ['without text', { transcription_id: 't1' }, { kind: 'unavailable' }],
    ['not JSON', 'fine', { kind: 'unavailable' }],
  ])('that finds the transcript %s', async (_, body, answer) => {
    const { seen, source } = await at(200, body)
    expect(await source.check?.(expected, signal)).toMatchObject(answer)
    expect(seen).toEqual([['GET', '/v1/speech-to-text/transcripts/t1', 'test-key']])
  })

  test.each<[number, Record<string, string>, object]>([
    [404, {}, { kind: 'missing' }],
    [500, {}, { kind: 'unavailable', reason: 'answered 500: because' }],
    [429, { 'retry-after': '3' }, { kind: 'unavailable', retryAfterMs: 3000 }],
    [401, {}, { kind: 'unavailable', reason: expect.stringMatching(/apiKey/) }],
  ])('that is answered %d %j', async (status, headers, answer) => {
    const { source } = await at(status, { detail: { message: 'because' } }, headers)
    expect(await source.check?.(expected, signal)).toMatchObject(answer)
  })

  test.each([null, '..'])('of the id %j asks nobody', async (externalId) => {
    const { seen, source } = await at(200, {})
    expect(await source.check?.({ ...expected, externalId }, signal)).toEqual({ kind: 'missing' })
    expect(seen).toEqual([])
  })
})
