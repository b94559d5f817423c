/** The example of a provider of one's own, in a whole server, with an API that behaves as the example says. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createBecket } from '@becket/client'
import { expect, test } from 'vitest'
import { createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import { describeConfig, renderConfig } from '../../src/config/print.ts'
import { silentLog } from '../../src/observe/log.ts'
import { importProvider } from '../../src/providers/module.ts'
import { providers } from '../../src/providers/registry.ts'
import { sinkKinds } from '../../src/sinks/registry.ts'
import { testDatabase } from '../database.ts'
import { row } from '../document/waits.ts'
import { createBench } from './bench.ts'

const EXAMPLE = fileURLToPath(new URL('../../../../examples/custom-provider', import.meta.url))
const ADMIN_KEY = 'test-admin-key'

const bench = createBench()

const read = { markdown: expect.stringContaining('what Scribe has read') }

/** Scribe: takes anything, and has read it at once. It calls back or not, as the test wants. */
async function scribe({ callsBack }: { callsBack: boolean }) {
  const seen: string[] = []
  const forms: string[] = []
  const { baseUrl } = await bench.fake((app) => {
    app.addHook('onRequest', async (request, reply) => {
      seen.push(`${request.method} ${request.url}`)
      if (request.headers['x-scribe-key'] !== 'test-key') return reply.code(401).send({ message: 'who are you?' })
    })
    app.post<{ Body: Buffer }>('/jobs', (request, reply) => {
      const form = request.body.toString('latin1')
      forms.push(form)
      const [, notify = ''] = /name="notify"\r\n\r\n(\S+)/.exec(form) ?? []
      if (callsBack) reply.raw.once('finish', () => void callBack(notify, 'job-1'))
      return reply.code(202).send({ job: 'job-1' })
    })
    app.get('/jobs/:job', ({ params }) => ({ ...Object(params), state: 'finished' }))
    app.get('/jobs/:job/text', () => ({ text: '# Hello\n\nThis is what Scribe has read, line by line.' }))
  })
  return { baseUrl, seen, forms }
}

async function callBack(url: string, job: string) {
  const body = JSON.stringify({ event: `event of ${job}`, job, state: 'finished' })
  const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(answer.status).toBe(200)
}

async function start(scribeUrl: string, times = { expectWithin: '2m', every: '1m' }) {
  const database = await testDatabase()
  bench.onEnd(() => database.drop())
  const cwd = await mkdtemp(join(tmpdir(), 'becket-custom-'))
  bench.onEnd(() => rm(cwd, { recursive: true, force: true }))
  await cp(EXAMPLE, cwd, { recursive: true })
  const written = (await readFile(join(cwd, 'becket.yaml'), 'utf8')).replace(
    /parse: \{.*\}/,
    `parse: { expectWithin: ${times.expectWithin}, deadline: 12h, plan: { ladder: [{ every: ${times.every} }] } }`,
  )
  const ours = `port: 0\ndataDir: data\napiKey: ${ADMIN_KEY}\nworker: { pollInterval: 50ms }\n`
  await writeFile(join(cwd, 'becket.yaml'), written + ours)
  const env = { SCRIBE_URL: scribeUrl, SCRIBE_KEY: 'test-key', DATABASE_URL: database.url }
  const loaded = await loadConfig({ env, cwd, providers, sinkKinds, importProvider })
  const app = createApp(loaded.config, { log: silentLog })
  bench.onEnd(() => app.stop())
  await app.start()
  return { loaded, cwd, db: database.db, becket: createBecket({ url: app.address ?? '', apiKey: ADMIN_KEY }) }
}

test('a document is handed to the module, and what its callback names is fetched', async () => {
  const api = await scribe({ callsBack: true })
  const { becket, db } = await start(api.baseUrl)
  const { jobId } = await becket.documents.submit(Buffer.from('%PDF-1.4 of somebody'), { filename: 'letter.pdf' })
  await row(db, `select 1 from becket.event where job_id = $1 and type = 'document.parsed'`, [jobId])
  const { settledBy } = await row<{ settledBy: string }>(
    db,
    `select settled_by as "settledBy" from becket.expectation where job_id = $1`,
    [jobId],
  )
  expect(settledBy).toBe('callback')
  expect(api.seen).toEqual(['POST /jobs', 'GET /jobs/job-1/text'])
  expect(api.forms[0]).toMatch(/name="language"\r\n\r\nde\r\n/)
  expect(api.forms[0]).toMatch(/name="reference"\r\n\r\nexp_/)
  expect(api.forms[0]).toContain('%PDF-1.4 of somebody')
})

test('where no callback comes, the module asks', async () => {
  const api = await scribe({ callsBack: false })
  const { becket } = await start(api.baseUrl, { expectWithin: '50ms', every: '100ms' })
  const call = await becket.expect({ source: 'scribe', operation: 'parse', key: 'letter' })
  await call.dispatched('job-7')
  expect(await call.outcome()).toMatchObject({
    state: 'succeeded',
    output: read,
    expectation: { settledBy: 'check' },
  })
})

test('a callback to an application of its own settles what it was told of', async () => {
  const api = await scribe({ callsBack: false })
  const { becket } = await start(api.baseUrl)
  const call = await becket.expect({ source: 'scribe', operation: 'parse', key: 'letter' })
  await call.dispatched('job-8')
  await callBack(call.callbackUrl, 'job-8')
  expect(await call.outcome()).toMatchObject({
    state: 'succeeded',
    output: read,
    expectation: { settledBy: 'callback' },
  })
})

test('becket config shows the module, its own option, and no key', async () => {
  const { loaded, cwd } = await start('http://127.0.0.1:9')
  const shown = renderConfig(describeConfig(loaded))
  expect(shown).toContain(`scribe (${join(cwd, 'scribe.mjs')})`)
  expect(shown).toMatch(/sources\.scribe\.language +de/)
  expect(shown).not.toContain('test-key')
})
