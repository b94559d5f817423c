/** What went wrong with the jobs themselves in the pipeline that this one takes the place of, each as a test that it does not here. */
import { createServer } from 'node:http'
import type { VideoInput } from '@becket/client/contract'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { look, typesOf } from '../document/waits.ts'
import { portOf } from '../outbound/wire.ts'
import { ADMIN_KEY, type Bundle, concatenate, expectationIn, HOUR, MINUTE, outputOf, setup } from './setup.ts'
import { createToolkit, taken } from './toolkit.ts'

const LONG = { expectWithin: '20s' }
const film = (name: string): VideoInput => ({
  operation: 'concatenate',
  videos: [`https://files.example.org/${name}-1.mp4`, `https://files.example.org/${name}-2.mp4`],
})

test('a crash between the submit and storing the provider’s id leaves a job that its callback completes', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit })
  let answer = () => {}
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  toolkit.onSubmit = async (submit) => {
    await answered
    return taken(submit)
  }
  const job = await bundle.submit()
  const submit = await toolkit.submitted()
  await expectationIn(bundle, job, 'submitting')
  // Its holder went away amid the call: nobody renews what it held.
  await bundle.db.query(
    `update becket.wakeup set owner = 'ins_gone', fence = nextval('becket.fence'), due = clock_timestamp()
     where lane = 'expectation'`,
  )
  expect(await expectationIn(bundle, job, 'unconfirmed')).toMatchObject({ external_id: null })
  toolkit.files.set('/files/a.mp4', { content: Buffer.from('a') })
  await toolkit.finish(submit, `${toolkit.baseUrl}/files/a.mp4`)
  const done = await bundle.ended(job)
  expect(done.status).toBe('completed')
  expect(outputOf(done).settledBy).toBe('callback')
  // What nobody knows is never submitted again blindly: a rendering costs money.
  expect(toolkit.submits).toHaveLength(1)
  answer()
})

test('two processes never render or keep a video twice', async () => {
  await using bundle = await setup({ render: LONG })
  await bundle.another()
  const jobs = await Promise.all(Array.from({ length: 12 }, (_, index) => bundle.submit(film(`film-${index}`))))
  const ended = await Promise.all(jobs.map((job) => bundle.ended(job)))
  expect(ended.map(({ status }) => status)).toEqual(jobs.map(() => 'completed'))
  const { ledger } = bundle.nca
  expect(ledger.entries('submit')).toHaveLength(12)
  expect(new Set(ledger.entries('submit').map(({ work }) => work)).size).toBe(12)
  const fetched = ledger.entries('object').filter(({ operation }) => operation === 'get')
  expect(new Set(fetched.map(({ path }) => path)).size).toBe(12)
  expect(fetched).toHaveLength(12)
  for (const job of ended) expect(typesOf(job).filter((type) => type === 'video.kept')).toHaveLength(1)
})

const answered = z.looseObject({ id: z.string().optional() })

async function create({ url }: Bundle, key: string, input: unknown) {
  const headers = { authorization: `Bearer ${ADMIN_KEY}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ pipeline: 'video', key, input })
  const response = await fetch(`${url}/v1/jobs`, { method: 'POST', headers, body })
  return { status: response.status, body: answered.parse(await response.json()) }
}

test('a job that is made twice under one key is one job, rendered once', async () => {
  await using bundle = await setup({ render: LONG })
  const answers = await Promise.all(Array.from({ length: 5 }, () => create(bundle, 'film-1', concatenate)))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201])
  const ids = new Set(answers.map(({ body }) => body.id))
  expect(ids.size).toBe(1)
  expect(await create(bundle, 'film-1', film('other'))).toMatchObject({
    status: 409,
    body: { code: 'KEY_REUSED', detail: expect.stringContaining([...ids].join()) },
  })
  await bundle.ended({ id: String([...ids][0]) })
  expect(await create(bundle, 'film-1', concatenate)).toMatchObject({ status: 200, body: { status: 'completed' } })
  expect(bundle.nca.ledger.entries('submit')).toHaveLength(1)
})

test('an input that no renderer could take is refused before there is a job, with what is wrong where', async () => {
  await using bundle = await setup()
  const said = async (input: unknown) => (await create(bundle, 'bad', input)).body
  expect(await said({ operation: 'concat', videos: [] })).toMatchObject({
    code: 'REQUEST_INVALID',
    detail: expect.stringContaining('combine, concatenate, add_music'),
  })
  expect(
    await said({ operation: 'add_music', video: 'a.mp4', music: 'https://files.example.org/a.mp3' }),
  ).toMatchObject({
    code: 'REQUEST_INVALID',
    detail: expect.stringContaining('input.video: Expected an http or https address'),
  })
  expect((await bundle.becket.jobs.list()).items).toEqual([])
})

test('a status is never a word that somebody made up: not in the API, not in a filter, not in the database', async () => {
  await using bundle = await setup({ render: LONG })
  const job = await bundle.ended(await bundle.submit())
  const { becket, db } = bundle
  const listed = async (status: 'completed' | 'failed') =>
    (await becket.jobs.list({ status: [status] })).items.map(({ id }) => id)
  expect(await listed('completed')).toEqual([job.id])
  expect(await listed('failed')).toEqual([])
  const headers = { authorization: `Bearer ${ADMIN_KEY}` }
  const asked = await fetch(`${bundle.url}/v1/jobs?status=Webhook%20Pending`, { headers })
  expect(asked.status).toBe(400)
  for (const table of ['job', 'expectation']) {
    await expect(db.query(`update becket.${table} set state = 'Webhook Pending'`)).rejects.toMatchObject({
      code: '23514',
    })
  }
})

test('a task of PiAPI is asked after, and not failed after an hour', async () => {
  let status = 'processing'
  let asked = 0
  const server = createServer((_, response) => {
    asked++
    const output = status === 'completed' ? { video_url: 'https://files.example.org/v.mp4' } : null
    const data = { task_id: 't1', status, output, error: { code: 0, message: '' } }
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ code: 200, data, message: 'success' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const piapi = {
      provider: 'piapi',
      baseUrl: `http://127.0.0.1:${portOf(server.address())}`,
      apiKey: 'test-key',
      operations: { video: { expectWithin: '300ms', plan: { ladder: [{ every: '100ms' }] } } },
    }
    await using bundle = await setup({ settings: { sources: { piapi } } })
    const { expectations } = bundle.becket
    const call = await bundle.becket.expect({ source: 'piapi', operation: 'video', key: 'clip-1' })
    await call.dispatched('t1')
    const { id } = call
    for (const ms of [61 * MINUTE, 20 * HOUR]) {
      const before = asked
      await bundle.pass(ms)
      await look('another check', async () => (asked > before ? true : undefined))
      expect(await expectations.get(id)).toMatchObject({ state: 'waiting', error: null })
    }
    status = 'completed'
    const settled = await look('the end', async () => {
      const now = await expectations.get(id)
      return now.state === 'succeeded' ? now : undefined
    })
    expect(settled.settledBy).toBe('check')
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
