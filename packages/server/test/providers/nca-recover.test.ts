/** Questions to the NCA Toolkit and to its storage, over real HTTP. */
import { describe, expect, test } from 'vitest'
import { ncaToolkit } from '../../src/providers/nca-toolkit/nca-toolkit.ts'
import type { Expected } from '../../src/providers/provider.ts'
import { expected as anyExpected, createBench, signal } from './bench.ts'

const bench = createBench()

const expected: Expected = { ...anyExpected, id: 'exp_01hzy3v9d6e8r9t0vwxyzabcde', operation: 'combine' }
const url = 'https://files.example.org/bucket/j1_output_0.mp4'
const final = {
  endpoint: '/v1/ffmpeg/compose',
  code: 200,
  id: expected.id,
  job_id: 'j1',
  response: [{ file_url: url }],
  message: 'success',
}

/** The answer to a status call: an envelope about the question, with the record inside. */
function status(record: unknown, outer: Record<string, unknown> = {}) {
  const endpoint = '/v1/toolkit/job/status'
  return { endpoint, code: 200, id: null, job_id: 'the-call', response: record, message: 'success', ...outer }
}

const record = (job_status: unknown, response: unknown = null, more: Record<string, unknown> = {}) => ({
  job_status,
  job_id: 'j1',
  queue_id: 140_368_864_456_064,
  process_id: 17,
  response,
  ...more,
})

describe('a check', () => {
  async function checked(code: number, body: unknown, headers: Record<string, string> = {}) {
    const asked: unknown[] = []
    const { baseUrl } = await bench.fake((app) => {
      app.post('/v1/toolkit/job/status', (request, reply) => {
        asked.push([request.headers['x-api-key'], request.body])
        return reply.code(code).headers(headers).send(body)
      })
    })
    const answer = await bench.source(ncaToolkit, { baseUrl }).check?.(expected, signal)
    expect(asked).toEqual([['test-key', { job_id: 'j1' }]])
    return answer
  }

  test.each<[string, unknown, object]>([
    ['queued', status(record('queued')), { kind: 'pending' }],
    ['running', status(record('running')), { kind: 'pending' }],
    ['submitted, as Cloud Run leaves it', status(record('submitted')), { kind: 'pending' }],
    [
      'done',
      status(record('done', final)),
      { kind: 'outcome', outcome: { verdict: 'succeeded', output: { urls: [url] } } },
    ],
    [
      'done that means failed',
      status(record('done', { ...final, code: 500, response: null, message: { error: 'boom' } })),
      { kind: 'outcome', outcome: { verdict: 'failed', error: { code: '500', message: 'boom' } } },
    ],
    [
      'failed',
      status(record('failed', { ...final, code: 500, response: null, message: 'boom' })),
      { kind: 'outcome', outcome: { verdict: 'failed', error: { message: 'boom' } } },
    ],
    [
      'failed, without a word about it',
      status(record('failed')),
      { kind: 'outcome', outcome: { verdict: 'failed', error: { code: 'JOB_FAILED', retryable: true } } },
    ],
    ['done, without a word about it', status(record('done')), { kind: 'unavailable' }],
    ['done, with no output', status(record('done', { ...final, response: [] })), { kind: 'unavailable' }],
    [
      'done, about a job with another id (Cloud Run’s container)',
      status(record('done', { ...final, job_id: 'j2' })),
      { kind: 'outcome', outcome: { verdict: 'succeeded' } },
    ],
    [
      'done, about another expectation',
      status(record('done', { ...final, id: 'exp_01hzy3v9d6e8r9t0vwxyzabcdf' })),
      { kind: 'unavailable', reason: expect.stringContaining('another expectation') },
    ],
    [
      'about another job',
      status(record('done', final, { job_id: 'j2' })),
      { kind: 'unavailable', reason: expect.stringContaining('another job') },
    ],
    [
      'in a word that nobody knows',
      status(record('pondering')),
      { kind: 'unavailable', reason: expect.stringContaining('pondering') },
    ],
    ['that is no word', status(record(7)), { kind: 'unavailable' }],
    ['without a record', status(null), { kind: 'unavailable' }],
    ['404 inside', status(null, { code: 404, message: { error: 'Job not found', job_id: 'j1' } }), { kind: 'missing' }],
    ['500 inside', status(null, { code: 500, message: 'no' }), { kind: 'unavailable' }],
    ['that is a bare final envelope', final, { kind: 'unavailable' }],
    ['that is a list', [], { kind: 'unavailable' }],
    ['that is no JSON', 'fine', { kind: 'unavailable' }],
  ])('answered with %s', async (_, body, answer) => {
    expect(await checked(200, body)).toMatchObject(answer)
  })

  test('takes `done` of the question itself for nothing', async () => {
    // The call's own envelope is a success with an id of its own; only the record inside is about our job.
    expect(await checked(200, status(record('running'), { job_id: 'j1', id: expected.id }))).toEqual({
      kind: 'pending',
    })
  })

  test.each<[number, unknown, Record<string, string>, object]>([
    [404, status(null, { code: 404, message: { error: 'Job not found', job_id: 'j1' } }), {}, { kind: 'missing' }],
    [500, status(null, { code: 500, message: 'half a file' }), {}, { kind: 'unavailable' }],
    [401, { message: 'Unauthorized' }, {}, { kind: 'unavailable', reason: expect.stringContaining('API_KEY') }],
    [429, {}, { 'retry-after': '3' }, { kind: 'unavailable', retryAfterMs: 3_000 }],
    [502, '', {}, { kind: 'unavailable' }],
  ])('answered %d %j', async (code, body, headers, answer) => {
    expect(await checked(code, body, headers)).toMatchObject(answer)
  })

  test('without a job id asks nobody', async () => {
    const source = bench.source(ncaToolkit, { baseUrl: 'http://127.0.0.1:9' })
    expect(await source.check?.({ ...expected, externalId: null }, signal)).toEqual({ kind: 'missing' })
  })

  test('of a toolkit that is away says so', async () => {
    const { app, baseUrl } = await bench.fake(() => undefined)
    await app.close()
    expect(await bench.source(ncaToolkit, { baseUrl }).check?.(expected, signal)).toMatchObject({ kind: 'unavailable' })
  })
})

describe('an artifact', () => {
  async function storage(code: number, headers: Record<string, string> = {}) {
    const looks: string[] = []
    const { baseUrl } = await bench.fake((app) => {
      app.route({
        method: ['HEAD', 'GET'],
        url: '/*',
        handler: ({ method, url: path, headers: sent }, reply) => {
          looks.push(`${method} ${path}${sent['x-api-key'] === undefined ? '' : ' with the key'}`)
          return reply
            .code(code)
            .headers(headers)
            .send(code === 200 ? Buffer.from('12345') : '')
        },
      })
    })
    const artifactBase = `${baseUrl}/bucket`
    const source = (options: Record<string, unknown> = { artifactBase }) =>
      bench.source(ncaToolkit, { baseUrl, options })
    return { baseUrl, artifactBase, looks, source }
  }

  const noon = Date.parse('2026-01-02T12:00:00Z')

  test.each([
    ['concatenate', {}, 'j1.mp4'],
    ['combine', {}, 'j1_output_0.mp4'],
    ['add_music', {}, 'j1_output_0.mp4'],
    ['caption', {}, 'j1_captioned.mp4'],
    ['image_to_video', {}, 'j1.mp4'],
    ['transcribe', { transcripts: 'files' }, 'j1.txt'],
    ['combine', { combine: 'legacy', names: { combine: '{job_id}_combined.mp4' } }, 'j1_combined.mp4'],
  ])('of %s with %j is looked for by its name, without the key', async (operation, options, name) => {
    const { artifactBase, looks, source } = await storage(200)
    const found = await source({ artifactBase, ...options }).artifact?.({ ...expected, operation }, signal)
    expect(found).toEqual({
      kind: 'found',
      output: {
        urls: [`${artifactBase}/${name}`],
        raw: expect.objectContaining({ bytes: 5 }),
      },
    })
    expect(looks).toEqual([`HEAD /bucket/${name}`])
  })

  test('at the address that the expectation brought is looked for there', async () => {
    const { baseUrl, looks, source } = await storage(200)
    const artifactUrl = `${baseUrl}/elsewhere/a.mp4`
    const artifactBefore = { kind: 'absent' } as const
    expect(await source({}).artifact?.({ ...expected, artifactUrl, artifactBefore }, signal)).toMatchObject({
      kind: 'found',
      output: { urls: [artifactUrl] },
    })
    expect(looks).toEqual(['HEAD /elsewhere/a.mp4'])
  })

  test.each<[string, Record<string, string>, object]>([
    ['made since the submit', { 'last-modified': 'Fri, 02 Jan 2026 12:00:30 GMT' }, { kind: 'found' }],
    [
      'made a moment before it, by another clock',
      { 'last-modified': 'Fri, 02 Jan 2026 11:59:30 GMT' },
      { kind: 'found' },
    ],
    ['left over from before', { 'last-modified': 'Fri, 02 Jan 2026 11:00:00 GMT' }, { kind: 'missing' }],
    ['empty', { 'content-length': '0' }, { kind: 'missing' }],
  ])('that is %s', async (_, headers, answer) => {
    const { source } = await storage(200, headers)
    expect(await source().artifact?.({ ...expected, submittedAtMs: noon }, signal)).toMatchObject(answer)
  })

  test.each<[number, object]>([
    [404, { kind: 'missing' }],
    [403, { kind: 'unavailable' }],
    [503, { kind: 'unavailable' }],
  ])('of a storage that answers %d', async (code, answer) => {
    const { source } = await storage(code)
    expect(await source().artifact?.(expected, signal)).toMatchObject(answer)
  })

  test.each<[string, Partial<Expected>, Record<string, unknown>]>([
    ['a source that does not say where', {}, { artifactBase: undefined }],
    ['a job whose id is not known', { externalId: null }, {}],
    ['an inline transcript', { operation: 'transcribe' }, {}],
    ['the old route of combine', {}, { combine: 'legacy' }],
    ['an operation that is none', { operation: 'sing' }, {}],
    ['an id that no URL can hold', { externalId: '\ud800' }, {}],
  ])('of %s is not looked for', async (_, more, options) => {
    const { artifactBase, looks, source } = await storage(200)
    const answer = await source({ artifactBase, ...options }).artifact?.({ ...expected, ...more }, signal)
    expect(answer).toEqual({ kind: 'unavailable', reason: expect.any(String) })
    expect(looks).toEqual([])
  })

  test('with a job id that looks like a path stays one name in the bucket', async () => {
    const { artifactBase, looks, source } = await storage(200)
    await source({ artifactBase }).artifact?.({ ...expected, externalId: '../../secrets' }, signal)
    expect(looks).toEqual(['HEAD /bucket/..%2F..%2Fsecrets_output_0.mp4'])
  })

  test('beyond the origins that the source may call is refused', async () => {
    const { artifactBase, looks } = await storage(200)
    const { baseUrl } = await bench.fake(() => undefined)
    const source = bench.source(ncaToolkit, {
      baseUrl,
      options: { artifactBase },
      allowOrigins: [],
      allowPrivate: true,
    })
    expect(await source.artifact?.(expected, signal)).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('`allow`'),
    })
    expect(looks).toEqual([])
    expect(ncaToolkit.origins?.(ncaToolkit.options.parse({ artifactBase }))).toEqual([new URL(artifactBase).origin])
  })
})
