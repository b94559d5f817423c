import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPool } from '../../src/db/pool.ts'
import { postgresSink } from '../../src/sinks/postgres/postgres.ts'
import type { ResultChunk } from '../../src/sinks/sink.ts'
import { type TestDatabase, testDatabase } from '../database.ts'
import { testWith } from '../outside.ts'
import { type BenchOptions, deliveryOf, openSink, resultWith } from './bench.ts'

const documentId = 'doc_01h455vb4pex5vsknk084sn02q'
const documentUuid = '01890a5d-ac96-774b-bcce-b302099a8057'

function chunksOf(count: number, more: Partial<ResultChunk> = {}): ResultChunk[] {
  return Array.from({ length: count }, (_, ordinal) => ({
    id: `${documentId}/${ordinal}`,
    ordinal,
    chunker: 'markdown-1',
    heading: '',
    content: `piece ${ordinal}`,
    sha256: 'ab'.repeat(32),
    tokens: 2,
    model: 'text-embedding-3-small',
    embedding: [0.25, -1.5e-7, ordinal],
    ...more,
  }))
}

const finished = (chunks: number, id = 'job_1') =>
  deliveryOf(resultWith({ id, output: { documentId, parsed: { path: 'parsed/a.md' }, chunks, embedded: chunks } }))

/** As the first users have it, beside the type of the vector and how long it is. */
const tableOf = (schema: string, vector: string, check = '') => `
  create schema ${schema};
  create table ${schema}.documents (document_id uuid primary key, processing_status text);
  create table ${schema}.document_chunks (
    chunk_id uuid primary key,
    document_id uuid not null references ${schema}.documents,
    chunker_name text not null, chunker_version text not null, chunk_ord int not null,
    text text not null, chunk_sha text not null, embed_model text not null, embed_version text not null,
    vector_dim int not null ${check}, embedding ${vector} not null, created_at timestamptz default now(),
    unique (document_id, chunker_name, chunker_version, chunk_ord))`

const optionsOf = (url: string, schema: string) => ({
  url,
  table: `${schema}.documents`,
  key: 'document_id',
  columns: { document_id: { uuidOf: '/output/documentId' }, processing_status: '/status' },
  chunks: { table: `${schema}.document_chunks`, document: { uuidOf: '/output/documentId' } },
})

describe('the chunks of a document in the user’s own table', () => {
  let database: TestDatabase
  let schemas = 0
  const opened: { close(): Promise<void> }[] = []
  beforeAll(async () => {
    database = await testDatabase({ empty: true })
  })
  afterAll(async () => {
    await Promise.all(opened.map((sink) => sink.close()))
    await database.drop()
  })

  async function setup(pieces: BenchOptions['chunks'], { vector = 'real[]', check = '', more = {} } = {}) {
    schemas += 1
    const schema = `upload_${schemas}`
    await database.db.query(tableOf(schema, vector, check))
    const sinkWith = (chunks: BenchOptions['chunks'], options: object = {}) => {
      const sink = openSink(postgresSink, { ...optionsOf(database.url, schema), ...options }, { chunks })
      opened.push(sink)
      return sink
    }
    const read = async (order = 'chunk_ord') =>
      (
        await database.db.query<Record<string, unknown>>(
          `select * from ${schema}.document_chunks order by chunker_name, ${order}`,
        )
      ).rows
    return { schema, sinkWith, read, ...sinkWith(pieces, more) }
  }

  it('lie there with their vectors, beside the row of the document', async () => {
    const all = chunksOf(3)
    const { deliver, read, schema } = await setup({ [documentId]: [all.slice(0, 2), all.slice(2)] })
    expect(await deliver([finished(3)])).toEqual([
      { kind: 'delivered', receipt: { table: `${schema}.documents`, key: documentUuid, chunks: 3 } },
    ])
    const rows = await read()
    expect(rows).toHaveLength(3)
    expect(rows[1]).toMatchObject({
      chunk_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      document_id: documentUuid,
      chunker_name: 'markdown',
      chunker_version: '1',
      chunk_ord: 1,
      text: 'piece 1',
      chunk_sha: 'ab'.repeat(32),
      embed_model: 'text-embedding-3-small',
      embed_version: '1',
      vector_dim: 3,
      embedding: [0.25, -1.5e-7, 1],
    })
  })

  it('are written again without harm; those beyond the last go, and those of others stay', async () => {
    const { deliver, sinkWith, read, schema } = await setup({ [documentId]: [chunksOf(250)] })
    await deliver([finished(250)])
    const before = await read()
    await database.db.query(
      `insert into ${schema}.document_chunks select gen_random_uuid(), document_id, 'of others', chunker_version, 300, text,
         chunk_sha, embed_model, embed_version, vector_dim, embedding from ${schema}.document_chunks where chunk_ord = 0`,
    )
    const again = sinkWith({ [documentId]: [chunksOf(2, { content: 'shorter' })] })
    expect(await again.deliver([finished(2, 'job_2')])).toMatchObject([{ kind: 'delivered', receipt: { chunks: 2 } }])
    const after = await read()
    expect(after.map((row) => [row.chunker_name, row.chunk_ord, row.text])).toEqual([
      ['markdown', 0, 'shorter'],
      ['markdown', 1, 'shorter'],
      ['of others', 300, 'piece 0'],
    ])
    expect(after[0]?.chunk_id).toBe(before[0]?.chunk_id)
  })

  it('and the row of the document are there together or not at all', async () => {
    const { deliver, sinkWith, read, schema } = await setup({
      [documentId]: [chunksOf(2), chunksOf(1, { model: null })],
    })
    const [answer] = await deliver([finished(3)])
    const message = expect.stringMatching(
      /document_chunks: .*"embed_model".*the column embed_model under `sinks.mine.chunks.columns`/,
    )
    expect(answer).toMatchObject({ kind: 'rejected', error: { code: 'SQLSTATE_23502', message } })
    const missing = sinkWith({ [documentId]: [chunksOf(2)] })
    expect(await missing.deliver([finished(3)])).toMatchObject([{ kind: 'retry', error: { code: 'CHUNKS_UNREAD' } }])
    expect(await sinkWith({}).deliver([finished(3)])).toMatchObject([
      { kind: 'retry', error: { code: 'CHUNKS_UNREAD' } },
    ])
    expect(await read()).toEqual([])
    expect((await database.db.query(`select from ${schema}.documents`)).count).toBe(0)
  })

  it('of one document that cannot be taken hold up no other', async () => {
    const other = 'doc_01h455vb4pex5vsknk084sn02r'
    const { deliver, read } = await setup(
      {
        [documentId]: [chunksOf(1, { embedding: [1] })],
        [other]: [chunksOf(1, { id: 'other', embedding: [1, 2, 3] })],
      },
      { check: 'check (vector_dim = 3)' },
    )
    const second = deliveryOf(resultWith({ id: 'job_2', output: { documentId: other, chunks: 1 } }))
    expect(await deliver([finished(1), second])).toMatchObject([
      { kind: 'rejected', error: { code: 'SQLSTATE_23514' } },
      { kind: 'delivered' },
    ])
    expect(await read()).toHaveLength(1)
  })

  it('of a document that failed are not looked for', async () => {
    const { deliver, read } = await setup(
      {},
      { more: { columns: { document_id: { uuidOf: '/id' }, processing_status: '/status' } } },
    )
    const failed = resultWith({ type: 'job.deadletter', status: 'failed_parse', output: null })
    expect(await deliver([deliveryOf(failed)])).toMatchObject([{ kind: 'delivered' }])
    expect(await read()).toEqual([])
  })

  it('may lie in other columns, without those that a table does not have, and without the row of the document', async () => {
    await database.db.query(
      'create table pieces (doc text, chunker text, n int, body text, v real[], owner text, unique (doc, chunker, n))',
    )
    const sink = openSink(
      postgresSink,
      {
        url: database.url,
        chunks: {
          table: 'pieces',
          columns: {
            document: 'doc',
            chunker: 'chunker',
            ordinal: 'n',
            text: 'body',
            embedding: 'v',
            ...{ id: false, version: false, sha256: false, model: false, modelVersion: false, dimensions: false },
          },
          also: { owner: '/key' },
        },
      },
      { chunks: { [documentId]: [chunksOf(1)] } },
    )
    opened.push(sink)
    const other = deliveryOf(resultWith({ output: null }))
    expect(await sink.deliver([finished(1), other])).toEqual([
      { kind: 'delivered', receipt: { chunks: 1 } },
      { kind: 'delivered', receipt: { skipped: true } },
    ])
    const { rows } = await database.db.query('select * from pieces')
    expect(rows).toEqual([
      { doc: documentId, chunker: 'markdown-1', n: 0, body: 'piece 0', v: [0.25, -1.5e-7, 0], owner: 'order-7' },
    ])
  })

  it('reach a type that is called vector as it writes vectors', async () => {
    // A type of that name with the text form of pgvector, where the extension itself is not installed.
    await database.db.query(`
      create type vector;
      create function vector_in(cstring) returns vector language internal immutable strict as 'textin';
      create function vector_out(vector) returns cstring language internal immutable strict as 'textout';
      create type vector (input = vector_in, output = vector_out, like = text)`)
    const { deliver, read } = await setup({ [documentId]: [chunksOf(1)] }, { vector: 'vector' })
    expect(await deliver([finished(1)])).toMatchObject([{ kind: 'delivered' }])
    expect(await read()).toMatchObject([{ embedding: '[0.25,-1.5e-7,0]' }])
  })

  testWith('pgvector', 'lie in a column of pgvector’s own type, as long as it says', async (url) => {
    const db = createPool({ url })
    const schema = `chunks_${process.pid}`
    const sink = openSink(postgresSink, optionsOf(url, schema), { chunks: { [documentId]: [chunksOf(2)] } })
    const short = openSink(postgresSink, optionsOf(url, schema), {
      chunks: { [documentId]: [chunksOf(1, { embedding: [1, 2] })] },
    })
    try {
      await db.query(`create extension if not exists vector; ${tableOf(schema, 'vector(3)')}`)
      expect(await sink.deliver([finished(2)])).toMatchObject([{ kind: 'delivered' }])
      const near = await db.query<{ ord: number }>(
        `select chunk_ord as ord from ${schema}.document_chunks order by embedding <-> '[0.25,0,1]' limit 1`,
      )
      expect(near.rows).toEqual([{ ord: 1 }])
      expect(await short.deliver([finished(1)])).toMatchObject([
        { kind: 'rejected', error: { code: 'SQLSTATE_22000' } },
      ])
    } finally {
      await Promise.all([sink.close(), short.close()])
      await db.query(`drop schema if exists ${schema} cascade`)
      await db.close()
    }
  })
})
