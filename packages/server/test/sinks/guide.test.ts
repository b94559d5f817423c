/** What the guide to sinks shows works as it stands there. */
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'
import { loadConfig } from '../../src/config/load.ts'
import { providers } from '../../src/providers/registry.ts'
import { sinkKinds } from '../../src/sinks/registry.ts'
import { webhookSink } from '../../src/sinks/webhook/webhook.ts'
import { portOf } from '../outbound/wire.ts'
import { deliveryOf, openSink, resultWith } from './bench.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const guide = await readFile(join(root, 'docs/guides/sinks.md'), 'utf8')
const secret = `whsec_${Buffer.from('the secret of a test').toString('base64')}`

function block(language: string): string {
  const [, code] = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(guide) ?? []
  return code ?? expect.fail(`the guide has no ${language}`)
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'becket-guide-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

it('the configuration is accepted, and each sink is of the kind that it says', async () => {
  const cwd = await folder()
  await writeFile(join(cwd, 'becket.yaml'), block('yaml'))
  const env = {
    APP_WEBHOOK_SECRET: secret,
    APP_DATABASE_URL: 'postgres://becket@db.example.org/app',
    SPACES_KEY_ID: 'test-key',
    SPACES_SECRET: 'test-key',
  }
  const { config, warnings } = await loadConfig({ cwd, env, providers, sinkKinds })
  expect(Object.values(config.sinks).map(({ kind }) => kind)).toEqual(['webhook', 'postgres', 's3'])
  expect(config.documents.deliverTo).toEqual(Object.keys(config.sinks))
  expect(warnings).toEqual([])
})

it('the receiver takes what is signed, a repeat only once, and nothing else', async () => {
  const cwd = await folder()
  await symlink(join(root, 'node_modules'), join(cwd, 'node_modules'))
  await writeFile(join(cwd, 'receiver.mjs'), block('js'))
  vi.stubEnv('PORT', '0')
  vi.stubEnv('BECKET_WEBHOOK_SECRET', secret)
  const said = vi.spyOn(console, 'log').mockImplementation(() => {})
  onTestFinished(() => {
    vi.unstubAllEnvs()
    said.mockRestore()
  })
  const loaded: unknown = await import(pathToFileURL(join(cwd, 'receiver.mjs')).href)
  const { server } = z.object({ server: z.instanceof(Server) }).parse(loaded)
  onTestFinished(() => void server.close())
  if (!server.listening) await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${portOf(server.address())}/`

  await using sink = openSink(webhookSink, { url, secret })
  const delivery = deliveryOf(resultWith({ key: 'order-7' }))
  for (let n = 0; n < 2; n++) expect(await sink.deliver([delivery])).toMatchObject([{ kind: 'delivered' }])
  expect(said.mock.calls).toEqual([['order-7: job.done']])

  const other = `whsec_${Buffer.from('another secret of a test').toString('base64')}`
  await using forger = openSink(webhookSink, { url, secret: other })
  expect(await forger.deliver([delivery])).toMatchObject([{ kind: 'retry', error: { code: 'HTTP_401' } }])
})
