/** The NCA Toolkit against the stand-in that speaks its whole wire format, faults included. */
import { createNca, type NcaOptions } from '@becket/rehearsal'
import { describe, expect, test } from 'vitest'
import { ncaToolkit } from '../../src/providers/nca-toolkit/nca-toolkit.ts'
import type { Expected, InboundCallback, SubmitRequest } from '../../src/providers/provider.ts'
import { expected as anyExpected, createBench, signal } from './bench.ts'

const bench = createBench()

const clientId = 'exp_01hzy3v9d6e8r9t0vwxyzabcde'
const video = 'https://files.example.org/a.mp4'
const inputs: Record<string, unknown> = {
  concatenate: { videoUrls: [video, video] },
  combine: { videoUrls: [video], audioUrl: video },
  caption: { videoUrl: video, captions: 'Ahoy' },
  add_music: { videoUrl: video, musicUrl: video },
  image_to_video: { imageUrl: video, seconds: 2 },
  transcribe: { mediaUrl: video },
}
const operations = Object.keys(inputs)

async function rehearse(
  faults: NcaOptions['faults'] = {},
  more: { operation?: string; options?: Record<string, unknown> } = {},
) {
  const { operation = 'concatenate', options = {} } = more
  const standIn = createNca({ environment: 'test', seed: 1, faults, ffmpeg: null })
  bench.onEnd(() => standIn.stop())
  const { baseUrl, apiKey, artifactBase } = await standIn.start()
  let arrived: (callback: InboundCallback) => void = () => undefined
  const callback = new Promise<InboundCallback>((resolve) => {
    arrived = resolve
  })
  const receiver = await bench.fake((app) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))
    app.post<{ Body: Buffer }>('/in', async ({ body }) => {
      arrived({ method: 'POST', headers: {}, body, hints: {} })
      return {}
    })
  })
  const allowOrigins = ncaToolkit.origins?.(ncaToolkit.options.parse({ artifactBase }))
  const source = bench.source(ncaToolkit, {
    baseUrl,
    apiKey,
    options: { artifactBase, ...options },
    allowOrigins,
    allowPrivate: true,
  })
  const request: SubmitRequest = {
    operation,
    input: inputs[operation],
    callbackUrl: `${receiver.baseUrl}/in`,
    key: 'k1',
    clientId,
  }
  const answer = await source.submit?.(request, signal)
  const externalId = answer !== undefined && 'externalId' in answer ? answer.externalId : null
  const expected: Expected = { ...anyExpected, id: clientId, operation, externalId, submittedAtMs: Date.now() }
  return { standIn, ledger: standIn.ledger, source, answer, callback, expected, artifactBase }
}

describe.each(operations)('%s', (operation) => {
  test('is accepted, and its callback, a check and the artifact bring the same output', async () => {
    const { source, answer, callback, expected } = await rehearse({}, { operation, options: { transcripts: 'files' } })
    expect(answer).toEqual({ kind: 'accepted', externalId: expect.any(String) })
    const reading = source.read(await callback)
    expect(reading).toMatchObject({ kind: 'outcome', externalId: clientId, outcome: { verdict: 'succeeded' } })
    const output = reading.kind === 'outcome' && reading.outcome.verdict === 'succeeded' ? reading.outcome.output : null
    expect(output).toMatchObject({ urls: [expect.stringContaining(expected.externalId ?? '')] })
    expect(await source.check?.(expected, signal)).toEqual({
      kind: 'outcome',
      outcome: { verdict: 'succeeded', output },
    })
    const urls = typeof output === 'object' && output !== null && 'urls' in output ? output.urls : null
    expect(await source.artifact?.(expected, signal)).toMatchObject({ kind: 'found', output: { urls } })
  })

  test('that fails says why, by callback and by check', async () => {
    const { source, callback, expected } = await rehearse(
      { failure: { asObject: true, message: 'disk full' } },
      { operation },
    )
    const failed = { verdict: 'failed', error: { code: '500', message: 'disk full', retryable: true } }
    expect(source.read(await callback)).toEqual({ kind: 'outcome', externalId: clientId, outcome: failed })
    expect(await source.check?.(expected, signal)).toEqual({ kind: 'outcome', outcome: failed })
  })
})

test.each([
  { nullId: 1 },
  { missingId: 1 },
  { nullId: 1, missingId: 1 },
  { listShape: 1 },
  { otherShape: { as: 'objects' } },
  { otherShape: { as: 'strings' } },
  { otherShape: { as: 'object' } },
] as const)('with %j the callback is read, and names its work as far as it can', async (faults) => {
  const { source, callback, answer } = await rehearse(faults)
  const jobId = answer?.kind === 'accepted' ? answer.externalId : null
  const isNull = 'nullId' in faults
  const isMissing = 'missingId' in faults
  expect(source.read(await callback)).toMatchObject({
    kind: 'outcome',
    externalId: isNull ? (isMissing ? null : jobId) : clientId,
    outcome: { verdict: 'succeeded', output: { urls: [expect.stringContaining(`${jobId}.mp4`)] } },
  })
})

test('an inline transcript is the output itself', async () => {
  const { source, callback, expected } = await rehearse({}, { operation: 'transcribe' })
  expect(source.read(await callback)).toMatchObject({
    outcome: { output: { urls: [], raw: { text: expect.stringContaining('stand-in') } } },
  })
  expect(await source.artifact?.(expected, signal)).toMatchObject({ kind: 'unavailable' })
})

test('by the old route, combine has no name to look for, and is found by callback and check', async () => {
  const operation = 'combine'
  const options = { combine: 'legacy' }
  const refused = await rehearse({}, { operation, options })
  expect(refused.answer).toMatchObject({ kind: 'refused', error: { code: 'INPUT_INVALID' } })
  const { source, ledger } = refused
  const input = { videoUrls: [video, video] }
  const answer = await source.submit?.({ operation, input, key: 'k1', clientId }, signal)
  if (answer?.kind !== 'accepted') throw new Error(`the submit was ${answer?.kind}`)
  await ledger.waitFor('job-finished')
  const expected = { ...refused.expected, externalId: answer.externalId }
  expect(ledger.entries('submit')).toMatchObject([{ filename: '/combine-videos' }])
  expect(await source.check?.(expected, signal)).toMatchObject({ outcome: { verdict: 'succeeded' } })
  expect(await source.artifact?.(expected, signal)).toMatchObject({ kind: 'unavailable' })
})

test('a toolkit that answers at once has answered, also with a failure', async () => {
  expect((await rehearse({ synchronous: 1 })).answer).toMatchObject({
    kind: 'answered',
    externalId: expect.any(String),
    outcome: { verdict: 'succeeded', output: { urls: [expect.stringContaining('.mp4')] } },
  })
  expect((await rehearse({ synchronous: 1, failure: 1 })).answer).toMatchObject({
    kind: 'answered',
    outcome: { verdict: 'failed', error: { code: '500' } },
  })
})

test('poll-only: the work is queued, nobody is called, and a check finds it', async () => {
  const { source, answer, expected, ledger } = await rehearse({}, { options: { callbacks: false } })
  expect(answer).toMatchObject({ kind: 'accepted' })
  await ledger.waitFor('job-finished')
  expect(await source.check?.(expected, signal)).toMatchObject({ outcome: { verdict: 'succeeded' } })
  expect(ledger.entries('callback')).toEqual([])
})

test('a full queue, an overload and a forgotten id are told apart', async () => {
  expect((await rehearse({ queueFull: 1 })).answer).toEqual({
    kind: 'refused',
    error: { code: 'QUEUE_FULL', message: 'MAX_QUEUE_LENGTH (10) reached', retryable: true },
    retryAfterMs: 15_000,
  })
  expect((await rehearse({ serverError: { status: 504, when: 'after' } })).answer).toMatchObject({ kind: 'unclear' })
  const forgetful = await rehearse({ missingId: { where: 'answer' } })
  expect(forgetful.answer).toEqual({ kind: 'accepted', externalId: null })
  expect(await forgetful.source.check?.(forgetful.expected, signal)).toEqual({ kind: 'missing' })
  expect(forgetful.source.read(await forgetful.callback)).toMatchObject({ externalId: clientId })
})

test('Cloud Run: accepted, pending for ever, and found by our own id when the container calls back', async () => {
  const { source, answer, callback, expected } = await rehearse({ cloudRun: 1 })
  expect(answer).toEqual({ kind: 'accepted', externalId: expect.any(String) })
  const inbound = await callback
  expect(inbound.body.toString('utf8')).not.toContain(expected.externalId)
  expect(source.read(inbound)).toMatchObject({ externalId: clientId, outcome: { verdict: 'succeeded' } })
  expect(await source.check?.(expected, signal)).toEqual({ kind: 'pending' })
})

test('a restart leaves it pending, which is no failure', async () => {
  const { source, expected, ledger } = await rehearse({ restart: 1 })
  await ledger.waitFor('job-forgotten')
  expect(await source.check?.(expected, signal)).toEqual({ kind: 'pending' })
  expect(await source.artifact?.(expected, signal)).toEqual({ kind: 'missing' })
})

test.each([
  [404, 'missing'],
  [500, 'unavailable'],
  [503, 'unavailable'],
] as const)(
  'with every callback lost and the status API answering %d, the artifact proves the outcome',
  async (status, kind) => {
    const { source, expected, ledger, artifactBase } = await rehearse({ loss: 1, statusDown: { status } })
    await ledger.waitFor('callback-lost')
    expect(await source.check?.(expected, signal)).toMatchObject({ kind })
    expect(await source.artifact?.(expected, signal)).toMatchObject({
      kind: 'found',
      output: { urls: [`${artifactBase}/${expected.externalId}.mp4`], raw: { contentType: 'video/mp4' } },
    })
  },
)

test('an output that is empty, or not seen yet, is missing', async () => {
  for (const faults of [{ outputEmpty: 1 }, { outputLate: { by: 60_000 } }]) {
    const { source, expected, callback } = await rehearse(faults)
    await callback
    expect(await source.artifact?.(expected, signal)).toEqual({ kind: 'missing' })
  }
})

test('a wrong key is named as such', async () => {
  const { expected, source } = await rehearse()
  expect(await source.check?.(expected, signal)).not.toMatchObject({ kind: 'unavailable' })
  const standIn = createNca({ environment: 'test', seed: 1, ffmpeg: null })
  bench.onEnd(() => standIn.stop())
  const { baseUrl } = await standIn.start()
  const stranger = bench.source(ncaToolkit, { baseUrl })
  const request = { operation: 'concatenate', input: inputs.concatenate, key: 'k1', clientId }
  expect(await stranger.submit?.(request, signal)).toMatchObject({
    kind: 'refused',
    error: { message: expect.stringContaining('API_KEY'), retryable: false },
  })
  expect(await stranger.check?.(expected, signal)).toMatchObject({ reason: expect.stringContaining('API_KEY') })
})
