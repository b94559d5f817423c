/** Each kind of sink behind a whole server: from the end of the work to where people look for it. */
import type { DeliverySummary } from '@becket/client/contract'
import { Webhook } from 'standardwebhooks'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createOutbound } from '../../src/outbound/http.ts'
import { createS3Storage } from '../../src/storage/s3.ts'
import { testDatabase } from '../database.ts'
import { page, pdf, sha256Of } from '../document/pdf.ts'
import { type Bundle, DIMENSIONS, setup } from '../document/setup.ts'
import { look, untilEnded } from '../document/waits.ts'
import { collect, createWire } from '../outbound/wire.ts'
import { startS3Server } from '../storage/s3-server.ts'

const wire = createWire()
const secret = `whsec_${Buffer.from('the secret of a test').toString('base64')}`
const archived = z.object({ object: z.string(), files: z.array(z.string()) })
const orders = {
  provider: 'http',
  read: { externalId: '/id', status: '/status', succeeded: ['done'], output: '/result' },
}

/** The server that works, beside one that only takes callbacks in: only the former knows sinks. */
async function withSinks(sinks: object, more: object = {}) {
  const bundle = await setup({ roles: ['intake'] })
  const server = await bundle.another({ roles: ['intake', 'api', 'worker'], sinks, ...more })
  return { ...bundle, ...server, [Symbol.asyncDispose]: () => bundle[Symbol.asyncDispose]() }
}

type Server = Pick<Bundle, 'becket'>

/** An order that is called back at once. */
async function placeOrder({ becket }: Server, key: string, deliverTo: string[]) {
  const call = await becket.expect({ source: 'orders', operation: 'place', key, deliverTo })
  const body = JSON.stringify({ id: key, status: 'done', result: { total: 7 } })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(call.callbackUrl, { method: 'POST', headers, body })
  expect(answer.status).toBe(200)
  return call.id
}

function delivered({ becket }: Server, subject: string, sink: string): Promise<DeliverySummary> {
  return look(`${subject} at ${sink}`, async () => {
    const { items } = await becket.deliveries.list({ subject })
    return items.find((delivery) => delivery.sink === sink && delivery.state === 'delivered')
  })
}

describe('a result on its way out of a running server', () => {
  it('reaches a webhook that failed after it had read: under the same id, with the same bytes, verified', async () => {
    const got: { headers: Record<string, string>; body: Buffer }[] = []
    const { origin } = await wire.serve(async (request, response) => {
      const body = await collect(request)
      got.push({ body, headers: Object.fromEntries(Object.entries(request.headers).map(([n, v]) => [n, String(v)])) })
      response.writeHead(got.length === 1 ? 500 : 204).end()
    })
    const app = { kind: 'webhook', url: `${origin}/hook`, secret, allowPrivate: true, retry: ['10ms', '10ms'] }
    await using server = await withSinks({ app }, { sources: { orders } })
    const id = await placeOrder(server, 'order-1', ['app'])
    const delivery = await delivered(server, id, 'app')
    const [first, second] = got
    expect(got).toHaveLength(2)
    expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true)
    for (const { headers, body } of got) {
      expect(headers['webhook-id']).toBe(delivery.id)
      expect(new Webhook(secret).verify(body, headers)).toMatchObject({
        type: 'expectation.succeeded',
        id,
        key: 'order-1',
        output: { total: 7 },
      })
    }
  })

  it('is not delayed by an endpoint that takes it and never answers', async () => {
    const hanging = await wire.serve(() => {})
    const alive = await wire.serve((request, response) => request.resume().on('end', () => response.end()))
    const hook = { kind: 'webhook', secret, allowPrivate: true, timeout: '60s' }
    const sinks = { dead: { ...hook, url: hanging.origin }, alive: { ...hook, url: alive.origin } }
    await using server = await withSinks(sinks, { sources: { orders } })
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.push(await placeOrder(server, `order-${n}`, ['dead', 'alive']))
    for (const id of ids) await delivered(server, id, 'alive')
    const { items } = await server.becket.deliveries.list({ sink: 'dead' })
    expect(items.map(({ state, attempts }) => [state, attempts])).toEqual(ids.map(() => ['pending', 0]))
    expect(hanging.seen.length).toBeGreaterThan(0)
    // Otherwise the server waits for it a while before it stops.
    await hanging.close()
  })

  it('reaches the user’s tables, the chunks of a document beside it, and a bucket', async () => {
    await using theirs = await testDatabase({ empty: true })
    await theirs.db.query(`
      create table outcomes (id text primary key, status text, ended timestamptz);
      create table document_chunks (document_id uuid, chunker_name text, chunker_version text, chunk_ord int, chunk_id uuid,
        text text, chunk_sha text, embed_model text, embed_version text, vector_dim int, embedding real[],
        unique (document_id, chunker_name, chunker_version, chunk_ord))`)
    const s3 = await startS3Server()
    wire.onEnd(s3.stop)
    const { stop: _, ...place } = s3
    await using server = await withSinks({
      tables: {
        kind: 'postgres',
        url: theirs.url,
        table: 'outcomes',
        columns: { status: '/status' },
        updatedColumn: 'ended',
        chunks: { table: 'document_chunks', document: { uuidOf: '/output/documentId' } },
      },
      archive: { kind: 's3', ...place, prefix: 'becket/', allowPrivate: true },
    })
    const content = pdf(page('A document that has somewhere to go'))
    const facts = { filename: 'report.pdf', bytes: content.length, sha256: sha256Of(content) }
    const document = await server.becket.documents.create({ ...facts, deliverTo: ['tables', 'archive'] })
    await server.becket.documents.upload(document, content)
    const { jobId } = await server.becket.documents.finalize(document.id, { waitMs: 5_000 })
    const id = jobId ?? expect.fail('the document has no job')
    await untilEnded(server.db, id)

    await delivered(server, id, 'tables')
    const { rows } = await theirs.db.query('select id, status, ended is not null as ended from outcomes')
    expect(rows).toEqual([{ id, status: 'complete', ended: true }])
    const chunks = await theirs.db.query<{ embedding: number[]; chunk_ord: number }>(
      'select chunk_ord, embedding from document_chunks order by chunk_ord',
    )
    expect(chunks.count).toBeGreaterThan(0)
    expect(chunks.rows.map(({ chunk_ord, embedding }) => [chunk_ord, embedding.length])).toEqual(
      chunks.rows.map((_row, index) => [index, DIMENSIONS]),
    )

    const delivery = await delivered(server, id, 'archive')
    const { object, files } = archived.parse(delivery.receipt)
    const outbound = createOutbound({ source: 'test', baseUrl: s3.endpoint })
    wire.onEnd(() => outbound.close())
    const bucket = createS3Storage({ ...s3, bucketUrl: `${s3.endpoint}/${s3.bucket}`, outbound })
    expect(files).toHaveLength(1)
    for (const name of [object, ...files]) expect(await bucket.head(name)).toMatchObject({ kind: 'found' })
  })
})
