/** An Airtable beside, over HTTP, with the first users' tables; and sinks to it that share one pace in one database. */
import { type AirtableStandIn, createAirtable } from '@becket/rehearsal'
import Fastify from 'fastify'
import { onTestFinished } from 'vitest'
import { silentLog } from '../../src/observe/log.ts'
import { createOutbound } from '../../src/outbound/http.ts'
import { airtableSink } from '../../src/sinks/airtable/airtable.ts'
import type { Delivery, SinkApi } from '../../src/sinks/sink.ts'
import { createPaces } from '../../src/store/pace.ts'
import type { TestDatabase } from '../database.ts'
import { createMemoryStorage } from '../storage/memory-storage.ts'

type StandInOptions = Partial<Parameters<typeof createAirtable>[0]>

export interface AirtableBench {
  airtable: AirtableStandIn
  address: Awaited<ReturnType<AirtableStandIn['start']>>
  /** Each is a worker of its own: its own way out, the same pace as all others. */
  open(options?: Record<string, unknown>, more?: { baseUrl?: string; apiKey?: string }): SinkApi
  rows(table?: string): Record<string, unknown>[]
  /** How often each link was made, and where the files that they lead to are. */
  links: string[]
  /** What lies in our storage. */
  objects: Map<string, Buffer>
}

// 1/1000: a lockout of 30 ms, attachments after 2 ms.
const TIME_SCALE = 0.001

/** No limits but where asked for, so that a test goes as fast as it can; the pace is as fast. */
export async function airtableBench(database: TestDatabase, standIn: StandInOptions = {}): Promise<AirtableBench> {
  const airtable = createAirtable({
    environment: 'test',
    seed: 1,
    timeScale: TIME_SCALE,
    limits: null,
    apiKey: 'test-key',
    ...standIn,
  })
  const address = await airtable.start()
  onTestFinished(() => airtable.stop())
  const files = await fileServer()
  const links: string[] = []
  const { storage, objects } = createMemoryStorage()
  return {
    airtable,
    address,
    links,
    objects,
    rows: (table = 'Jobs') => airtable.rows().flatMap((row) => (row.table === table ? [row.fields] : [])),
    open(written = {}, { baseUrl = address.baseUrl, apiKey = 'test-key' } = {}) {
      const options = airtableSink.options.parse({ base: address.base, table: 'Jobs', perSecond: 5, ...written })
      const credentials = { header: 'authorization', value: `Bearer ${apiKey}` }
      const outbound = createOutbound({
        source: 'sink:jobs',
        baseUrl,
        credentials,
        allowOrigins: [],
        credentialOrigins: airtableSink.credentialOrigins?.(options) ?? [],
        allowPrivate: true,
      })
      onTestFinished(() => outbound.close())
      const paces = createPaces({ db: database.db, log: silentLog })
      const tools = {
        outbound,
        storage,
        async link(key: string, { filename }: { filename: string }) {
          links.push(key)
          return `${files}/${encodeURIComponent(key)}?n=${links.length}&as=${encodeURIComponent(filename)}`
        },
        chunks: () => noChunks(),
        pace: (name: string, limit: { perSecond: number; burst: number }) =>
          // Only a test of limits is about the pace; all others are not to wait for it.
          paces.gate(`${name}:${address.baseUrl}`, standIn.limits === undefined ? null : limit),
        log: silentLog,
        now: () => Date.now(),
      }
      return airtableSink.create({ id: 'jobs', options, tools })
    },
  }
}

async function* noChunks(): AsyncGenerator<never> {}

/** Serves a few bytes at every address. */
async function fileServer(): Promise<string> {
  const app = Fastify({ forceCloseConnections: true })
  app.get('/*', (_request, reply) => reply.type('video/mp4').send(Buffer.from('a small film')))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => app.close())
  return url
}

export async function send(api: SinkApi, ...batch: Delivery[]) {
  return api.deliver(batch, new AbortController().signal)
}
