/** Secrets do not travel: canaries are planted wherever a secret may stand, and nothing that leaves Becket holds one. */
import { createBecket } from '@becket/client'
import { expect, test } from 'vitest'
import { page, pdf } from '../document/pdf.ts'
import { until } from '../serve/setup.ts'
import { createCanaries } from './canaries.ts'
import { answersOf, printedBy, rowsOf, searched } from './leaving.ts'
import { type Planted, plant, type Running } from './planted.ts'

/** Where a secret may be, and why. */
const mayHold: Record<string, string> = {
  'callback.body': 'what a provider sent is kept byte for byte, whatever it wrote into it',
  'api_key.hash': 'a key of the API is known by its hash: it is random and long, so the hash gives nothing away',
}

/** Whatever gives a running server a reason to tell of what it has in hand. */
async function liveThroughAll({ canaries, database: { db }, heard }: Planted, { url }: Running): Promise<string[]> {
  const becket = createBecket({ url, apiKey: canaries.of('admin'), retries: 0 })
  const viewer = await becket.keys.create({ name: 'viewer', role: 'viewer' })
  canaries.add('viewer', viewer.secret)

  const deliverTo = ['hook', 'crm', 'heap', 'rows']
  const order = await becket.expect({ source: 'orders', operation: 'place', key: 'order-1', deliverTo })
  const [token = ''] = /[^/]+$/.exec(order.callbackUrl) ?? []
  canaries.add('callback token', token)
  const body = JSON.stringify({ id: '1', status: 'done', result: { total: 7 }, note: canaries.of('note') })
  const post = (address: string, secret: string, more = {}) =>
    fetch(address, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'x-orders': secret, ...more },
    })
  expect((await post(order.callbackUrl, canaries.of('orders hook'))).status).toBe(200)
  const forged = { authorization: `Bearer ${canaries.of('bearer')}`, cookie: `session=${canaries.of('cookie')}` }
  const query = `?api_key=${encodeURIComponent(canaries.of('query'))}`
  expect((await post(`${url}/in/orders${query}`, canaries.of('wrong hook'), forged)).status).toBe(401)
  expect((await post(`${url}/in/orders/t/${token.slice(0, -4)}AAAA`, canaries.of('wrong hook'))).status).toBe(401)

  const asked = await becket.expect({ source: 'orders', operation: 'place', key: 'order-2' })
  await asked.dispatched('2')
  await becket.expectations.check(asked.id)
  const document = await becket.documents.submit(pdf(page('A document')), { filename: 'a.pdf' })
  const input = { operation: 'concatenate', videos: ['https://a.acme.app/1.mp4', 'https://a.acme.app/2.mp4'] }
  const video = await becket.jobs.create({ pipeline: 'video', key: 'v', input })
  const ended = async (id: string) => ['deadletter', 'retryable'].includes((await becket.jobs.get(id)).state)
  await until(async () => (await ended(document.jobId ?? '')) && (await ended(video.id)))
  await until(async () => {
    const { items } = await becket.deliveries.list()
    return items.length === deliverTo.length && items.every(({ attempts }) => attempts > 0)
  })
  await until(async () => (await becket.requests.list({ limit: 200 })).items.some(({ source }) => source === 'orders'))
  const examination = await becket.findings.run({ document: true })
  await until(async () => (await becket.findings.getRun(examination.id)).state !== 'running')

  // Only what was really sent could have come back.
  for (const name of ['parser', 'renderer', 'orders', 'tenant', 'crm']) expect(heard()).toContain(canaries.of(name))
  const { rows } = await db.query<{ id: string }>('select id from becket.callback')
  return [order.id, asked.id, document.jobId ?? '', video.id, ...rows.map(({ id }) => id)]
}

const JSON_TOO = ['', ' --json']
const LOCAL = [
  ...[
    'config',
    'doctor',
    'doctor --service worker',
    'doctor --offline',
    'doctor --env production',
    'doctor --fix-plan',
  ],
  ...['', ' --plan', ' --all'].map((flags) => `doctor compare staging production${flags}`),
].flatMap((line) => JSON_TOO.map((json) => `${line}${json}`))
const REMOTE = [
  ...['health', 'sources', 'sinks', 'features', 'changes list', 'findings list'],
  ...['requests', 'callbacks', 'expectations', 'jobs', 'deliveries', 'breakers', 'keys'].map((noun) => `${noun} list`),
].flatMap((line) => JSON_TOO.map((json) => `${line}${json}`))
const words = (lines: readonly string[]) => lines.map((line) => line.split(' '))

test('no secret is in any output, log, answer or row, in whatever form', async () => {
  const planted = await plant()
  const { canaries } = planted
  const server = await planted.serve()
  await until(async () => (await server.answers('/readyz'))?.status === 200)
  const ids = await liveThroughAll(planted, server)
  const viewerKey = canaries.of('viewer')
  const answers = await answersOf(planted, server, ids, [viewerKey, canaries.of('wrong key')])
  await planted.environments()
  const candidate = `postgres://u:${encodeURIComponent(canaries.of('candidate'))}@127.0.0.1:1/x`
  const printed = await printedBy(planted, [...words(LOCAL), ['doctor', '--candidate', candidate, '--json']])
  const { rows: instances } = await planted.database.db.query<{ id: string }>('select id from becket.instance')
  const settings = instances.map(({ id }) => `instances settings ${id} --json`)
  const speaking = { BECKET_URL: server.url, BECKET_API_KEY: viewerKey }
  const remote = await printedBy(planted, words([...REMOTE, ...settings, 'nothing']), speaking)
  const deploying = { ...speaking, BECKET_API_KEY: canaries.of('admin') }
  const deployed = await printedBy(planted, words(['doctor deploy --no-document --timeout 15s --json']), deploying)
  await server.stop()

  expect(server.said()).toContain('"level":20')
  expect(searched(canaries, new Map([['the log', server.said()]]))).toEqual([])
  // The body of a callback is shown as it is kept.
  const isBody = (found: string) => /^note as .* at \/v1\/callbacks\/cb_/.test(found)
  expect(searched(canaries, answers).filter((each) => !isBody(each))).toEqual([])
  expect(searched(canaries, new Map([...printed, ...remote, ...deployed]))).toEqual([])
  const rows = [...(await rowsOf(planted))]
  const found = rows.flatMap(([place, values]) =>
    values.flatMap((value) => searched(canaries, new Map([[place, value.toString('latin1')]]))),
  )
  expect(
    [...new Set(found)].filter((each) => !Object.keys(mayHold).some((place) => each.endsWith(` at ${place}`))),
  ).toEqual([])
  // What may hold one does, so the search finds what there is.
  expect(found).toContain('note as itself at callback.body')
  expect(found).toContain('viewer as sha256 at api_key.hash')
})

test('a server that cannot start, and a configuration that cannot work, tell no secret either', async () => {
  const planted = await plant()
  const { canaries, env } = planted
  const wrong = new URL(env.DATABASE_URL ?? '')
  wrong.password = encodeURIComponent(canaries.of('wrong password'))
  const storage = {
    BECKET_STORAGE_KIND: 'supabase',
    SUPABASE_URL: planted.failing,
    SUPABASE_SERVICE_ROLE_KEY: canaries.of('service role'),
  }
  const server = await planted.serve({ DATABASE_URL: wrong.href, ...storage })
  const readiness = async () => (await server.answers('/readyz'))?.text() ?? ''
  await until(async () => (await readiness()).includes('away'))
  await until(() => planted.heard().includes(canaries.of('service role')))
  const answers = await answersOf(planted, server, [], [canaries.of('admin')])
  await server.stop()
  const broken = {
    BECKET_PORT: canaries.of('port'),
    BECKET_STORAGE_KIND: 'supabase',
    BECKET_DATABASE_URL: canaries.of('no address'),
    SUPABASE_URL: `https://u:${canaries.of('storage')}@x`,
  }
  const refused = await planted.serve(broken)
  await refused.ended
  expect(refused.said()).toContain('CONFIGURATION_ERROR_FATAL')
  const printed = await printedBy(planted, words(['config', 'config --json', 'doctor --json']), broken)
  const logs = [server, refused].map(({ said }, index): [string, string] => [`log ${index + 1}`, said()])
  expect(searched(canaries, new Map([...logs, ...answers, ...printed]))).toEqual([])
})

test('the search finds a secret in each form', () => {
  const canaries = createCanaries()
  const secret = canaries.of('it')
  const bytes = Buffer.from(`user:${secret}!`)
  for (const form of [
    `x${secret}x`,
    encodeURIComponent(secret),
    bytes.toString('base64'),
    bytes.toString('base64url'),
    bytes.toString('hex').toUpperCase(),
    bytes,
  ]) {
    expect(canaries.findIn('here', form)).not.toEqual([])
  }
  expect(canaries.findIn('here', 'canary')).toEqual([])
})
