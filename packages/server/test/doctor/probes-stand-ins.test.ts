/** The stand-ins answer the request that proves a key as the real ones do: the right key passes, a wrong one is refused. */
import { createLlamaParse, createNca, createOpenAi } from '@becket/rehearsal'
import { describe, expect, onTestFinished, test } from 'vitest'
import { probeProvider, probeSink } from '../../src/doctor/probes/keys.ts'
import { llamaParse } from '../../src/providers/llamaparse/llamaparse.ts'
import { ncaToolkit } from '../../src/providers/nca-toolkit/nca-toolkit.ts'
import { openAi } from '../../src/providers/openai/openai.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { testDatabase } from '../database.ts'
import { createBench, signal } from '../providers/bench.ts'
import { airtableBench } from '../sinks/airtable-bench.ts'

const bench = createBench()
const common = { environment: 'test', seed: 1, apiKey: 'test-key' }

describe.each<[string, Provider, () => ReturnType<typeof createLlamaParse | typeof createOpenAi | typeof createNca>]>([
  ['LlamaParse', llamaParse as Provider, () => createLlamaParse(common)],
  ['OpenAI', openAi as Provider, () => createOpenAi(common)],
  ['the NCA toolkit', ncaToolkit as Provider, () => createNca({ ...common, ffmpeg: null })],
])('the stand-in of %s', (_name, provider, create) => {
  test.each([
    ['test-key', 'pass'],
    ['wrong-test-key', 'fail'],
  ])('given %s: %s', async (apiKey, status) => {
    const standIn = create()
    onTestFinished(() => standIn.stop())
    const { baseUrl } = await standIn.start()
    const api = bench.source(provider, { baseUrl, apiKey })
    const { reports } = await probeProvider({ id: 'it', kind: provider.name, enabled: true, api }, { signal })
    expect(reports).toMatchObject([{ code: 'KEY01', status }])
    // It proves a key and starts nothing.
    expect(standIn.ledger.entries()).toEqual([])
  })
})

test.each([
  ['test-key', 'pass'],
  ['wrong-test-key', 'fail'],
])('the stand-in of Airtable given %s: %s', async (apiKey, status) => {
  const database = await testDatabase()
  onTestFinished(() => database.drop())
  const { open, rows } = await airtableBench(database)
  const { reports } = await probeSink(
    { id: 'rows', kind: 'airtable', enabled: true, api: open({}, { apiKey }) },
    { signal },
  )
  expect(reports).toMatchObject([{ code: 'KEY01', status }])
  expect(rows()).toEqual([])
})
