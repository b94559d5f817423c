/** A process that starts without its storage, a provider or a sink: ready, and only what needs them waits. */
import { createBecket } from '@becket/client'
import { createRehearsal } from '@becket/rehearsal'
import { describe, expect, it } from 'vitest'
import { testDatabase } from '../database.ts'
import { page, pdf } from '../document/pdf.ts'
import { startS3Server } from '../storage/s3-server.ts'
import { openLine } from './line.ts'
import { until } from './setup.ts'
import { API_KEY, starting } from './starting.ts'

const content = pdf(page('Ropes'))

/** Where a URL leads, and the same URL over a line. */
async function lineTo(url: string, state: 'cut' | 'silent' | 'whole') {
  const { hostname, port } = new URL(url)
  const line = await openLine({ host: hostname, port: Number(port) }, state)
  const through = new URL(url)
  through.host = `127.0.0.1:${line.port}`
  return { ...line, url: through.href.replace(/\/$/, '') }
}

async function s3Server() {
  const server = await startS3Server()
  return { ...server, [Symbol.asyncDispose]: server.stop }
}

describe('a process whose storage is away at the start', () => {
  it('is ready, says that files wait, takes everything else, and takes files when it is back', async () => {
    await using database = await testDatabase()
    await using s3 = await s3Server()
    await using line = await lineTo(s3.endpoint, 'cut')
    const { bucket, region, accessKeyId, secretAccessKey } = s3
    await using process = await starting({
      database: { url: database.url },
      storage: { kind: 's3', endpoint: line.url, bucket, region, accessKeyId, secretAccessKey },
      sources: { orders: { provider: 'http', read: { externalId: '/id', status: '/status', succeeded: ['done'] } } },
    })
    await process.ready
    const becket = createBecket({ url: process.url, apiKey: API_KEY, retries: 0 })
    await until(async () => (await process.step('storage'))?.state === 'away')
    expect(await process.readiness()).toMatchObject({ status: 200, missing: [] })
    await until(async () => (await becket.health()).paused.length > 0)
    expect(await becket.health()).toMatchObject({
      status: 'partial',
      paused: [{ dependency: 'storage', capability: expect.stringContaining('documents') }],
    })
    const callback = await process.probe('/in/orders', { method: 'POST', body: '{"id":"1","status":"done"}' })
    expect(callback).toMatchObject({ status: 200 })
    await expect(becket.documents.submit(content, { filename: 'ropes.pdf' })).rejects.toMatchObject({
      code: 'FILE_ACCESS_CIRCUIT_BREAKER_OPEN',
    })

    await line.become('whole')
    await until(async () => (await process.step('storage'))?.state === 'ready')
    expect(await becket.documents.submit(content, { filename: 'ropes.pdf' })).toMatchObject({ state: 'finalized' })
    await until(async () => (await becket.health()).status === 'healthy')
  })
})

describe('a process whose provider and sink are away at the start', () => {
  it('keeps their work without costing it a try, names both, and goes on by itself', async () => {
    await using database = await testDatabase()
    const rehearsal = createRehearsal({ environment: 'test', seed: 1 })
    const { llamaparse } = await rehearsal.start()
    await using line = await lineTo(llamaparse.baseUrl, 'cut')
    await using process = await starting({
      database: { url: database.url },
      worker: { pollInterval: '50ms' },
      sources: { parser: { provider: 'llamaparse', baseUrl: line.url, apiKey: llamaparse.apiKey } },
      sinks: { crm: { kind: 'webhook', url: `${line.url}/hook`, secret: 'test-key', allowPrivate: true } },
    })
    await process.ready
    const becket = createBecket({ url: process.url, apiKey: API_KEY })
    const { jobId } = await becket.documents.submit(content, { filename: 'ropes.pdf' })
    const jobOf = () => becket.jobs.get(jobId ?? '')
    await until(async () => (await jobOf()).state === 'retryable')
    expect(await jobOf()).toMatchObject({ stage: 'parse', attempt: 1, expectationId: null })
    await until(async () => (await becket.health()).paused.length === 2)
    expect(await becket.health()).toMatchObject({
      status: 'partial',
      paused: [{ dependency: 'source:parser' }, { dependency: 'sink:crm' }],
      breakers: [],
    })

    await line.become('whole')
    await until(async () => (await jobOf()).expectationId !== null)
    expect(await jobOf()).toMatchObject({ attempt: 1 })
    await until(async () => (await becket.health()).paused.length === 0)
    await rehearsal.stop()
  })
})

describe('liveness', () => {
  it('is answered within 100 ms while database, storage and provider take every connection and answer none', async () => {
    await using silent = await openLine({ host: '127.0.0.1', port: 9 }, 'silent')
    const url = `http://127.0.0.1:${silent.port}`
    await using process = await starting(
      {
        database: { url: `postgres://becket:test-key@127.0.0.1:${silent.port}/becket` },
        storage: { kind: 's3', endpoint: url, bucket: 'b', region: 'r', accessKeyId: 'a', secretAccessKey: 'test-key' },
        sources: { parser: { provider: 'llamaparse', baseUrl: url, apiKey: 'test-key' } },
      },
      { database: 200, storage: 200 },
    )
    await until(async () => {
      const { status, tookMs } = await process.probe('/livez')
      expect([status, tookMs < 100]).toEqual([200, true])
      const { steps } = await process.readiness()
      return ['database', 'storage'].every((name) => steps.find((step) => step.name === name)?.state === 'away')
    })
  })
})
