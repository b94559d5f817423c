/** One request that answers for many, over HTTP, against the stand-ins of the providers that have such a call. */
import { createLlamaParse, createNca } from '@becket/rehearsal'
import { expect, test } from 'vitest'
import { createRollCall } from '../../src/engine/roll-call.ts'
import { silentLog } from '../../src/observe/log.ts'
import type { RequestRecord } from '../../src/outbound/outbound.ts'
import { llamaParse } from '../../src/providers/llamaparse/llamaparse.ts'
import { ncaToolkit } from '../../src/providers/nca-toolkit/nca-toolkit.ts'
import type { Expected, ProviderSource, SubmitAnswer } from '../../src/providers/provider.ts'
import type { Source } from '../../src/providers/sources.ts'
import { expected as anyExpected, createBench, parseRequest, pdf, signal } from './bench.ts'

const bench = createBench()

function sourceOf(api: ProviderSource): Source {
  return {
    id: 'parser',
    provider: 'llamaparse',
    enabled: true,
    api,
    verify: { scheme: 'none' },
    paths: [],
    operations: {},
    mayFetch: () => false,
    download: () => Promise.reject(new Error('nothing is downloaded here')),
  }
}

function expectedOf(answer: SubmitAnswer | undefined, index: number): Expected {
  if (answer?.kind !== 'accepted') throw new Error(`the submit was ${answer?.kind}`)
  return { ...anyExpected, id: `exp_${index}`, externalId: answer.externalId, submittedAtMs: Date.now() }
}

async function rehearseParsing(options: {
  faults?: Parameters<typeof createLlamaParse>[0]['faults']
  api?: 'v1' | 'v2'
  processing?: number
}) {
  const { faults = {}, api = 'v2', processing = 0 } = options
  const standIn = createLlamaParse({ environment: 'test', seed: 1, faults, timeScale: 0.01, processing })
  bench.onEnd(() => standIn.stop())
  const { baseUrl, apiKey } = await standIn.start()
  const requests: RequestRecord[] = []
  const record = (request: RequestRecord) => void requests.push(request)
  const source = bench.source(llamaParse, { baseUrl, apiKey, options: { api }, record })
  const submitted: Expected[] = []
  for (let index = 0; index < 5; index++) {
    const file = { content: Buffer.concat([pdf, Buffer.from([index])]), filename: 'a.pdf', mime: 'application/pdf' }
    const answer = await source.submit?.({ ...parseRequest, file, callbackUrl: undefined }, signal)
    submitted.push(expectedOf(answer, index))
  }
  const asked = () => requests.filter(({ operation }) => operation === 'list' || operation === 'check')
  return { standIn, source, submitted, asked }
}

test.each([
  ['running', 3_600_000, 'pending'],
  ['ended', 0, 'outcome'],
])(
  'LlamaParse: what is due at once is asked by one request, and told as each alone: %s',
  async (_, processing, kind) => {
    const { source, submitted, asked } = await rehearseParsing({ processing })
    const alone = () => Promise.all(submitted.map((each) => source.check?.(each, signal)))
    await expect.poll(async () => (await alone()).every((answer) => answer?.kind === kind)).toBe(true)
    const before = asked().length
    const rollCall = createRollCall({ log: silentLog })
    const answers = await Promise.all(submitted.map((each) => rollCall.check(each, sourceOf(source), signal)))
    expect(
      asked()
        .slice(before)
        .map(({ operation }) => operation),
    ).toEqual(['list'])
    expect(answers).toEqual(await alone())
  },
)

test('LlamaParse: a job that the list does not know is asked about alone', async () => {
  const { source, submitted, asked } = await rehearseParsing({})
  const rollCall = createRollCall({ log: silentLog })
  const gone = { ...anyExpected, id: 'exp_gone', externalId: 'gone' }
  const answers = await Promise.all(
    [...submitted.slice(0, 2), gone].map((each) => rollCall.check(each, sourceOf(source), signal)),
  )
  expect(answers[2]).toEqual({ kind: 'missing' })
  expect(asked().map(({ operation }) => operation)).toEqual(['list', 'check'])
})

test('LlamaParse: v1 has no list', async () => {
  const { source } = await rehearseParsing({ api: 'v1' })
  expect(source.list).toBeUndefined()
})

test('LlamaParse: while the status API is down, it is asked once for all', async () => {
  const { source, submitted, asked } = await rehearseParsing({ faults: { statusDown: { status: 503 } } })
  const rollCall = createRollCall({ log: silentLog })
  const answers = await Promise.all(submitted.map((each) => rollCall.check(each, sourceOf(source), signal)))
  for (const answer of answers) expect(answer).toMatchObject({ kind: 'unavailable', isFault: true })
  expect(asked()).toHaveLength(1)
})

test('the toolkit: what is under way is known from one list, and how the rest ended from a question each', async () => {
  const standIn = createNca({ environment: 'test', seed: 1, faults: {}, ffmpeg: null })
  bench.onEnd(() => standIn.stop())
  const { baseUrl, apiKey } = await standIn.start()
  const requests: RequestRecord[] = []
  const record = (request: RequestRecord) => void requests.push(request)
  const source = bench.source(ncaToolkit, { baseUrl, apiKey, options: {}, allowPrivate: true, record })
  const submit = async (index: number) => {
    const input = { videoUrls: [`https://files.example.org/${index}.mp4`, 'https://files.example.org/b.mp4'] }
    const clientId = `exp_${index}`
    const answer = await source.submit?.(
      { operation: 'concatenate', input, key: clientId, clientId, callbackUrl: '' },
      signal,
    )
    return { ...expectedOf(answer, index), operation: 'concatenate' }
  }
  const ended = await submit(0)
  await expect.poll(async () => (await source.check?.(ended, signal))?.kind).toBe('outcome')
  standIn.setFaults({ restart: {} })
  const running = [await submit(1), await submit(2)]
  requests.length = 0
  const rollCall = createRollCall({ log: silentLog })
  const all = [ended, ...running]
  const answers = await Promise.all(all.map((each) => rollCall.check(each, sourceOf(source), signal)))
  expect(answers.map((answer) => answer?.kind)).toEqual(['outcome', 'pending', 'pending'])
  expect(requests.map(({ operation }) => operation)).toEqual(['list', 'check'])
})
