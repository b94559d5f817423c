/** LlamaCloud's own client: against the stand-in alone, and in an application that lets Becket wait for the answer. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBecket } from '@becket/client'
import { createLlamaParse, type LlamaParse } from '@becket/rehearsal'
import { LlamaCloud } from '@llamaindex/llama-cloud'
import { expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import { silentLog } from '../../src/observe/log.ts'
import { providers } from '../../src/providers/registry.ts'
import { testDatabase } from '../database.ts'
import { pdf } from '../document/pdf.ts'
import { createBench } from './bench.ts'

const bench = createBench()
const ADMIN_KEY = 'test-admin-key'

async function standIn(faults: Parameters<LlamaParse['setFaults']>[0] = {}) {
  const llamaparse = createLlamaParse({ environment: 'test', seed: 1, faults, timeScale: 0.01 })
  bench.onEnd(() => llamaparse.stop())
  const address = await llamaparse.start()
  const client = new LlamaCloud({ baseURL: address.baseUrl, apiKey: address.apiKey, maxRetries: 0 })
  const file = new File([new Uint8Array(pdf(['Every callback lands']))], 'a.pdf', { type: 'application/pdf' })
  return { address, client, file }
}

// In seconds, as the client counts.
const soon = { pollingInterval: 0.02, maxInterval: 0.05, backoff: 'exponential' as const, timeout: 10 }
const cheap = { tier: 'cost_effective' as const, version: 'latest' as const }

test('it uploads, waits and reads the Markdown', async () => {
  const { client, file } = await standIn()
  const expand = ['markdown', 'markdown_full', 'text']
  const result = await client.parsing.parse({ ...cheap, upload_file: file, expand }, soon)
  expect(result.job).toMatchObject({ status: 'COMPLETED', error_message: null })
  expect(result.markdown_full).toContain('Every callback lands')
  expect(result.markdown?.pages).toMatchObject([{ page_number: 1, success: true }])
  expect(result.text?.pages[0]?.text).toContain('Every callback lands')
})

test('it parses a file by its id as often as it likes', async () => {
  const { client, file } = await standIn()
  const { id } = await client.files.create({ file, purpose: 'parse' })
  expect(await client.files.retrieve(id)).toMatchObject({ id, name: 'a.pdf', file_type: 'pdf' })
  for (const expand of [['markdown_full'], ['text_full']]) {
    const result = await client.parsing.parse({ ...cheap, file_id: id, expand }, soon)
    expect(result.markdown_full ?? result.text_full).toContain('Every callback lands')
  }
  await client.files.delete(id)
  await expect(client.parsing.create({ ...cheap, file_id: id })).rejects.toMatchObject({ status: 404 })
})

test('it is told what went wrong in the words of its own errors', async () => {
  const { client, file } = await standIn({ failure: { rate: 1, code: 'PDF_ENCRYPTED', message: 'It has a password.' } })
  await expect(client.parsing.parse({ ...cheap, upload_file: file, expand: ['markdown'] }, soon)).rejects.toThrow(
    /FAILED.*It has a password/,
  )
  const { address } = await standIn()
  const stranger = new LlamaCloud({ baseURL: address.baseUrl, apiKey: 'test-key', maxRetries: 0 })
  await expect(stranger.parsing.get('j1')).rejects.toMatchObject({ status: 401 })
})

async function becketBeside(
  { baseUrl, apiKey, webhookSecret }: Awaited<ReturnType<LlamaParse['start']>>,
  expectWithin: string,
) {
  const database = await testDatabase()
  bench.onEnd(() => database.drop())
  const cwd = await mkdtemp(join(tmpdir(), 'becket-official-'))
  bench.onEnd(() => rm(cwd, { recursive: true, force: true }))
  const parse = { expectWithin, deadline: '2h', plan: { ladder: [{ every: '100ms' }] } }
  const llamaparse = { provider: 'llamaparse', baseUrl, apiKey, webhookSecret, operations: { parse } }
  const settings = {
    port: 0,
    dataDir: 'data',
    apiKey: ADMIN_KEY,
    worker: { pollInterval: '50ms' },
    sources: { llamaparse },
  }
  await writeFile(join(cwd, 'becket.yaml'), JSON.stringify(settings))
  const { config } = await loadConfig({ env: { DATABASE_URL: database.url }, cwd, providers, sinkKinds: [] })
  const app = createApp(config, { log: silentLog })
  bench.onEnd(() => app.stop())
  await app.start()
  return createBecket({ url: app.address ?? '', apiKey: ADMIN_KEY })
}

test.each<[string, Parameters<LlamaParse['setFaults']>[0], 'callback' | 'check', 'json' | 'string']>([
  ['lands', {}, 'callback', 'json'],
  ['lands as JSON in a string, which is the default', {}, 'callback', 'string'],
  ['comes before the upload is answered', { early: 1 }, 'callback', 'json'],
  ['is lost, and Becket asks', { loss: 1 }, 'check', 'json'],
])('an application that parses with it gets its outcome from Becket when the callback %s', async (...given) => {
  const [, faults, settledBy, webhook_output_format] = given
  const { address, client, file } = await standIn(faults)
  const becket = await becketBeside(address, settledBy === 'check' ? '300ms' : '1h')
  const call = await becket.expect({ source: 'llamaparse', operation: 'parse', key: 'doc_1' })
  const webhook = {
    webhook_url: call.callbackUrl,
    webhook_events: ['parse.success' as const, 'parse.error' as const],
    webhook_output_format,
    webhook_signing_secret: address.webhookSecret,
  }
  const { id } = await client.parsing.create({ ...cheap, upload_file: file, webhook_configurations: [webhook] })
  await call.dispatched(id)
  const outcome = await call.outcome()
  expect(outcome).toMatchObject({
    state: 'succeeded',
    output: { markdown: expect.stringContaining('Every callback lands') },
    expectation: { settledBy, externalId: id },
  })
})
