/**
 * Becket as its users run it: `becket serve` with a `becket.yaml`, beside the stand-in provider. The source `studio` has
 * an operation `render`; its callbacks carry a token.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startProgram } from './child.mjs'
import { becketMain, measuredNode, nodeFlags, scratch } from './paths.mjs'
import { freePort } from './postgres.mjs'

export const apiKey = 'test-key-of-the-bench'

/** What differs from the defaults, as the results tell it. As many at once as the largest number of clients. */
export const becketSettings = { worker: { slots: 512 }, database: { poolSize: 20 }, logLevel: 'warn' }

let started = 0

/**
 * Ready when it says so itself. `settings` go on top of `becketSettings`; `origin` is the provider's. Several with the
 * same `dataDir` and database are one installation, as with `roles`. `source` goes on top of what is said of the provider.
 */
export async function startBecket({ databaseUrl, origin, settings = {}, source = {}, execArgv = [], dataDir, cwd }) {
  const directory = dataDir ?? join(scratch, `becket-${process.pid}-${++started}`)
  await mkdir(directory, { recursive: true })
  const port = await freePort()
  const own = `http://127.0.0.1:${port}`
  const file = join(directory, `becket-${port}.yaml`)
  const config = {
    ...becketSettings,
    ...settings,
    apiKey,
    port,
    dataDir: directory,
    sources: { studio: { ...studio(origin), ...source } },
  }
  // JSON is YAML.
  await writeFile(file, JSON.stringify(config))
  const program = await startProgram(
    measuredNode(),
    [...nodeFlags, ...execArgv, becketMain, 'serve', '--config', file],
    {
      name: 'becket',
      env: { DATABASE_URL: databaseUrl, NODE_ENV: 'production' },
      cwd: cwd ?? directory,
      readyUrl: `${own}/readyz`,
    },
  )
  return {
    ...program,
    origin: own,
    dataDir: directory,
    headers: { authorization: `Bearer ${apiKey}` },
    async stop() {
      await program.stop()
      if (dataDir === undefined) await rm(directory, { recursive: true, force: true })
    },
  }
}

function studio(origin) {
  return {
    provider: 'http',
    baseUrl: origin,
    allowPrivate: true,
    submit: {
      url: '/work',
      body: { callbackUrl: '{callbackUrl}', input: '{input}' },
      externalId: '/id',
    },
    read: { externalId: '/id', status: '/status', succeeded: ['done'], failed: ['error'], output: '/result' },
    operations: { render: {} },
  }
}
