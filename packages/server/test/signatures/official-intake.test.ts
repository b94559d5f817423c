/** The official libraries sign, and a running server lets their callbacks settle what waits for them: all over HTTP. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBecket } from '@becket/client'
import { sign as signForGithub } from '@octokit/webhooks-methods'
import { Webhook } from 'standardwebhooks'
import { Stripe } from 'stripe'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, createApp } from '../../src/app.ts'
import { loadConfig } from '../../src/config/load.ts'
import { silentLog } from '../../src/observe/log.ts'
import { providers } from '../../src/providers/registry.ts'
import { testDatabase } from '../database.ts'

const ADMIN_KEY = 'test-admin-key'
// In base64, since Standard Webhooks wants its secrets so.
const SECRET = Buffer.from('test-key test-key test-key').toString('base64')

type Signed = (body: string) => Promise<Record<string, string>> | Record<string, string>

const senders: [scheme: string, sign: Signed][] = [
  [
    'stripe',
    (payload) => ({
      'stripe-signature': new Stripe('test-key').webhooks.generateTestHeaderString({ payload, secret: SECRET }),
    }),
  ],
  [
    'standard-webhooks',
    (body) => {
      const [id, at] = [`msg_${randomUUID()}`, new Date()]
      const signature = new Webhook(SECRET).sign(id, at, body)
      const timestamp = String(Math.floor(at.getTime() / 1000))
      return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
    },
  ],
  ['github', async (body) => ({ 'x-hub-signature-256': await signForGithub(SECRET, body) })],
]

let app: App
const undo: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const database = await testDatabase()
  undo.push(() => database.drop())
  const cwd = await mkdtemp(join(tmpdir(), 'becket-signed-'))
  undo.push(() => rm(cwd, { recursive: true, force: true }))
  const read = { externalId: '/data/id', status: '/type', succeeded: ['done'], failed: ['failed'], output: '/data' }
  const sourceOf = (scheme: string) => ({ provider: 'http', verify: { scheme, secret: SECRET }, read })
  const sources = Object.fromEntries(senders.map(([scheme]) => [scheme, sourceOf(scheme)]))
  const settings = { port: 0, dataDir: 'data', apiKey: ADMIN_KEY, worker: { pollInterval: '50ms' }, sources }
  await writeFile(join(cwd, 'becket.yaml'), JSON.stringify(settings))
  const env = { DATABASE_URL: database.url }
  const { config } = await loadConfig({ env, cwd, providers, sinkKinds: [] })
  app = createApp(config, { log: silentLog })
  undo.push(() => app.stop())
  await app.start()
})

afterAll(async () => {
  for (const close of undo.reverse()) await close()
})

const post = (source: string, body: string, headers: Record<string, string>) =>
  fetch(`${app.address}/in/${source}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })

describe.each(senders)('%s, signed by its own library', (source, sign) => {
  const becket = () => createBecket({ url: app.address ?? '', apiKey: ADMIN_KEY })
  const bodyOf = (id: string) => JSON.stringify({ type: 'done', data: { id, note: 'Größe “1” 😀' } })

  it('settles what was registered, without a token', async () => {
    const call = await becket().expect({ source, operation: 'pay', key: 'signed' })
    await call.dispatched('o-1')
    const body = bodyOf('o-1')
    expect((await post(source, body, await sign(body))).status).toBe(200)
    expect(await call.outcome()).toMatchObject({ state: 'succeeded', output: { note: 'Größe “1” 😀' } })
  })

  it('settles nothing when a byte was changed, or when nothing is signed', async () => {
    const call = await becket().expect({ source, operation: 'pay', key: 'forged' })
    await call.dispatched('o-2')
    const changed = await post(source, bodyOf('o-2'), await sign(bodyOf('o-3')))
    expect(changed.status).toBe(401)
    // Kept, and no proof of anything.
    expect((await post(source, bodyOf('o-2'), {})).status).toBe(200)
    const kept = await becket().callbacks.list({ source })
    expect(kept.items.map(({ verdict }) => verdict).slice(0, 2)).toEqual(['unsigned', 'refused'])
    expect(await becket().expectations.get(call.id)).toMatchObject({ state: 'waiting', outcome: null })
  })
})
