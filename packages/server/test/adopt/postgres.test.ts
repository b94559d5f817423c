/** `becket adopt --from postgres`: the first users' own schema, with the defects that it has. */
import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { testDatabase } from '../database.ts'
import { stuck } from './stuck.ts'

const schema = `
  create schema upload_pipeline;
  create table upload_pipeline.documents (document_id uuid primary key default gen_random_uuid(), user_id uuid,
    filename text, mime text, bytes_len bigint, file_sha256 text, parsed_sha256 text, raw_path text, parsed_path text,
    processing_status text, created_at timestamptz default now(), updated_at timestamptz default now());
  create table upload_pipeline.upload_jobs (job_id uuid primary key default gen_random_uuid(),
    document_id uuid references upload_pipeline.documents, status text not null, state text not null,
    retry_count integer default 0, progress jsonb, last_error jsonb, webhook_secret text,
    created_at timestamptz default now(), updated_at timestamptz default now())`

/** Their database, and a store where what was parsed lies. */
async function theirs() {
  const database = await testDatabase({ empty: true })
  onTestFinished(database.drop)
  const { db } = database
  for (const statement of schema.split(';')) await db.query(statement)
  const files = Fastify({ forceCloseConnections: true })
  // Long before anybody expected it, and after it was handed in.
  const parsedAt = new Date(Date.now() - 1_800_000).toUTCString()
  files.get('/parsed/*', (_request, reply) =>
    reply.type('text/markdown').header('last-modified', parsedAt).send('# It was parsed'),
  )
  const filesUrl = await files.listen({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => files.close())
  async function job(status: string, { state = 'queued', parsed = true, minutes = 60 } = {}): Promise<string> {
    const { rows } = await db.query<{ id: string }>(
      `with document as (
         insert into upload_pipeline.documents (filename, raw_path, parsed_path) values ('a.pdf', 'files/a.pdf', $3)
         returning document_id
       )
       insert into upload_pipeline.upload_jobs (document_id, status, state, updated_at)
       select document_id, $1, $2, now() - $4 * interval '1 minute' from document returning job_id::text as id`,
      [status, state, parsed ? '/parsed/a b.md' : null, minutes],
    )
    return rows[0]?.id ?? ''
  }
  return { url: database.url, db, job, filesUrl }
}

const files = {
  provider: 'http',
  read: { externalId: '/id', status: '/status', succeeded: ['done'] },
  allowPrivate: true,
}

test('shows what is not finished, and why nobody can ask about it', async () => {
  const { url, db, job } = await theirs()
  const queued = await job('parse_queued', { minutes: 90 })
  const chunking = await job('chunking', { state: 'working' })
  const others = [
    await job('complete'),
    await job('failed_parse', { state: 'deadletter' }),
    await job('parse_queued', { minutes: 1 }),
  ]
  const before = await db.query('select * from upload_pipeline.upload_jobs order by job_id')
  const { adopt } = await stuck({ source: { operations: {} } })
  const { code, out } = await adopt('--from', 'postgres', '--database-url', url, '--map', 'parse=concatenate@nca')
  expect(code).toBe(0)
  expect(out).toMatch(new RegExp(`${queued} +no external id|${queued}.*cannot`))
  expect(out).toMatch(new RegExp(`${queued} +.*its row has no external id`))
  expect(out).toMatch(new RegExp(`${chunking} +no provider is awaited at chunking.*files/a\\.pdf`))
  for (const other of others) expect(out).not.toContain(other)
  expect(out).toContain('there is nothing to take over')
  expect(await db.query('select * from upload_pipeline.upload_jobs order by job_id')).toEqual(before)
})

test('a document whose text was stored and then forgotten is recovered by the text itself', async () => {
  const { url, job, filesUrl } = await theirs()
  const parsed = await job('parse_queued')
  const lost = await job('parse_queued', { parsed: false, minutes: 30 })
  const { bundle, adopted } = await stuck()
  const sources = { ...bundle.sourcesWith({}), files: { ...files, baseUrl: filesUrl, operations: { parse: {} } } }
  // Which does not know the source, and would put the expectation off.
  await bundle.app.stop()
  const { url: server } = await bundle.another({ sources })
  const words = ['--from', 'postgres', '--url', server, '--database-url', url, '--source', 'files']
  const artifact = ['--artifact', `${filesUrl}{parsed_path}`]
  const shown = await adopted(...words, ...artifact)
  expect(shown.answer.jobs).toMatchObject([
    { job: parsed, recovery: 'artifact', operation: 'parse', artifact: `${filesUrl}/parsed/a%20b.md` },
    { job: lost, recovery: 'cannot', reason: expect.stringContaining('no parsed_path') },
  ])
  const { code, answer } = await adopted(...words, ...artifact, '--yes')
  expect([code, answer.adopted]).toEqual([
    0,
    [expect.objectContaining({ job: parsed, state: 'succeeded', settledBy: 'artifact' })],
  ])
})

test('a database without their tables is told from one that is away', async () => {
  const empty = await testDatabase({ empty: true })
  onTestFinished(empty.drop)
  const { adopt } = await stuck()
  const told = await adopt('--from', 'postgres', '--database-url', empty.url)
  expect([told.code, told.err]).toEqual([1, expect.stringContaining('upload_jobs and documents are needed')])
  const away = await adopt('--from', 'postgres', '--database-url', 'postgres://nobody@127.0.0.1:9/nothing')
  expect(away.code).toBe(69)
  expect(away.err).toContain('ADOPT_DATABASE_URL')
  expect((await adopt('--from', 'postgres')).err).toContain('ADOPT_DATABASE_URL')
})
