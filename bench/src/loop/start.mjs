/** Starts each contender of the callback loop: one server, its own database, the address that the clients ask. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { request } from 'undici'
import { apiKey, startBecket } from '../harness/becket.mjs'
import { startModule, startProgram } from '../harness/child.mjs'
import { clientMain, scratch } from '../harness/paths.mjs'
import { freePort } from '../harness/postgres.mjs'
import { peerSettings } from './settings.mjs'

/**
 * By name: `start({ postgres, provider, execArgv, settings })` answers `{ origin, requests, watched, count(), stop() }`:
 * where to ask and with what, the processes, how many loops ended as the durable record has it. `stop({ stopped })` calls
 * that function when the server has ended and its database is still there.
 */
export const contenders = {
  ceiling: (stage) => startFace('ceiling', stage, {}),
  becket,
  'becket-app': becketApp,
  restate,
  dbos: (stage) => withDatabase('dbos', stage),
  'graphile-worker': (stage) => withDatabase('graphile-worker', stage),
  'pg-boss': (stage) => withDatabase('pg-boss', stage),
  handler: (stage) => withDatabase('handler', stage),
}

/** What takes no PostgreSQL: its processor time is not told. */
export const withoutPostgres = ['ceiling', 'restate']

const moduleOf = (name) => fileURLToPath(new URL(`contenders/${name}.mjs`, import.meta.url))

async function startFace(name, { provider, execArgv, settings }, options) {
  const server = await startModule(moduleOf(name), {
    options: { workUrl: provider.ready.workUrl, ...options, ...peerSettings[name], ...settings },
    execArgv,
  })
  return {
    origin: server.ready.origin,
    requests: { kind: 'plain' },
    watched: { server: server.pid },
    count: () => server.ask('count'),
    stop: server.stop,
  }
}

async function withDatabase(name, stage) {
  const database = `loop_${name.replaceAll('-', '_')}`
  const face = await startFace(name, stage, { databaseUrl: await stage.postgres.createDatabase(database) })
  return {
    ...face,
    async stop({ stopped } = {}) {
      await face.stop()
      await stopped?.()
      await stage.postgres.dropDatabase(database)
    },
  }
}

async function becket({ postgres, provider, execArgv, settings, cwd, template }) {
  const databaseUrl = await postgres.createDatabase('loop_becket', { template })
  const server = await startBecket({ databaseUrl, origin: provider.ready.origin, execArgv, settings, cwd })
  const count = async () => {
    const { rows } = await postgres.query(
      `select count(*)::int as done from becket.expectation where state = 'succeeded'`,
      [],
      'loop_becket',
    )
    return rows[0].done
  }
  const before = await count()
  return {
    origin: server.origin,
    requests: { kind: 'becket', headers: server.headers },
    watched: { server: server.pid },
    count: async () => (await count()) - before,
    async stop({ stopped } = {}) {
      await server.stop()
      await stopped?.()
      await postgres.dropDatabase('loop_becket')
    },
  }
}

async function becketApp(stage) {
  const engine = await becket(stage)
  const app = await startModule(moduleOf('becket-app'), {
    options: {
      workUrl: stage.provider.ready.workUrl,
      client: pathToFileURL(clientMain).href,
      becketUrl: engine.origin,
      apiKey,
    },
  })
  return {
    ...engine,
    origin: app.ready.origin,
    requests: { kind: 'plain' },
    watched: { ...engine.watched, app: app.pid },
    async stop(options) {
      await app.stop()
      await engine.stop(options)
    },
  }
}

let restates = 0

async function restate({ provider, settings }) {
  const directory = join(scratch, `restate-${process.pid}-${++restates}`)
  await mkdir(directory, { recursive: true })
  const [ingress, admin, node, endpoint] = [await freePort(), await freePort(), await freePort(), await freePort()]
  const origin = `http://127.0.0.1:${ingress}`
  const adminOrigin = `http://127.0.0.1:${admin}`
  const file = join(directory, 'restate.toml')
  await writeFile(file, restateConfig({ directory, ingress, admin, node, ...peerSettings.restate, ...settings }))
  const server = await startProgram(restateBinary(), ['--config-file', file], {
    name: 'restate-server',
    cwd: directory,
    readyUrl: `${adminOrigin}/health`,
  })
  const handlers = await startModule(moduleOf('restate-endpoint'), {
    options: { workUrl: provider.ready.workUrl, ingress: origin, port: endpoint },
  })
  await ask(`${adminOrigin}/deployments`, { uri: handlers.ready.origin })
  return {
    origin,
    requests: { kind: 'restate' },
    watched: { server: server.pid, handlers: handlers.pid },
    async count() {
      const query = `select count(*) as done from sys_invocation where status = 'completed' and completion_result = 'success'`
      const { rows } = await ask(`${adminOrigin}/query`, { query })
      return rows[0].done
    },
    async stop() {
      await handlers.stop()
      await server.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Its log is synced before it acknowledges, as it is by default. */
function restateConfig({ directory, ingress, admin, node, partitions }) {
  return `base-dir = "${directory}"
bind-address = "127.0.0.1:${node}"
advertised-address = "http://127.0.0.1:${node}/"
default-num-partitions = ${partitions}
log-filter = "warn"
disable-telemetry = true
[ingress]
bind-address = "127.0.0.1:${ingress}"
[admin]
bind-address = "127.0.0.1:${admin}"
disable-web-ui = true
`
}

function restateBinary() {
  const shim = createRequire(createRequire(import.meta.url).resolve('@restatedev/restate-server/package.json'))
  const name = `@restatedev/restate-server-${process.platform}-${process.arch}`
  return join(dirname(shim.resolve(`${name}/package.json`)), 'bin', 'restate-server')
}

async function ask(url, value) {
  const { statusCode, body } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(value),
  })
  const text = await body.text()
  if (statusCode >= 300) throw new Error(`${url} answered ${statusCode}: ${text.slice(0, 300)}`)
  return JSON.parse(text)
}
