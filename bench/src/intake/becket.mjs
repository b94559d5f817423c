/** The real server as its users run it, from what was built, with one provider that only calls back. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startProgram } from '../harness/child.mjs'
import { becketMain, measuredNode, scratch } from '../harness/paths.mjs'
import { freePort } from '../harness/postgres.mjs'
import { adminKey, serverKey } from './server-key.mjs'

/** JSON is YAML too. */
function configuration({ port, url, dataDir, roles, more }) {
  const hour = '1h'
  return JSON.stringify({
    port,
    dataDir,
    apiKey: adminKey,
    serverKeys: [serverKey],
    database: { url },
    ...(roles === undefined ? {} : { roles }),
    sources: {
      work: {
        provider: 'http',
        // Nobody is asked: the callbacks come by themselves.
        baseUrl: 'http://127.0.0.1:9',
        allowPrivate: true,
        read: { externalId: '/id', status: '/status', succeeded: ['done'], failed: ['failed'], output: '/result' },
        operations: { run: { expectWithin: hour, deadline: '2h' } },
      },
    },
    ...more,
  })
}

let started = 0

/** Ready when it answers so. `more`: further settings at the top of its file. */
export async function startBecket({ url, roles, port, more = {} }) {
  const folder = join(scratch, `becket-${process.pid}-${++started}`)
  await mkdir(folder, { recursive: true })
  const at = port ?? (await freePort())
  const configFile = join(folder, 'becket.yaml')
  await writeFile(configFile, configuration({ port: at, url, dataDir: join(folder, 'data'), roles, more }))
  const origin = `http://127.0.0.1:${at}`
  const program = await startProgram(measuredNode(), [becketMain, 'serve', '--config', configFile], {
    name: 'becket',
    cwd: folder,
    readyUrl: `${origin}/readyz`,
  })
  return {
    ...program,
    origin,
    async stop() {
      await program.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
