/**
 * The first users' worst day, whole: their production worker, in a network without a way to its database and with variables
 * missing. The doctor names each cause; its plan is followed to the letter; the same question finds nothing, and a worker
 * starts with what the plan left.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import { z } from 'zod'
import { freePort } from '../chaos/listen-on.ts'
import { startServer } from '../chaos/server.ts'
import { testDatabase } from '../database.ts'
import { testInNamespace } from '../outside.ts'
import { until } from '../serve/setup.ts'
import { createDirectory } from './directory.ts'
import { broken, common, type Variables, worker, written } from './first-users.ts'

const example = new URL('../../../../examples/manifests/first-users.yaml', import.meta.url)
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

const answer = z.object({
  findings: z.array(z.object({ check: z.string(), subject: z.string(), status: z.string(), severity: z.string() })),
  plan: z.array(z.object({ what: z.string() })),
})

interface Place {
  cwd: string
  /** Its own hosts are filled in, as the example says. */
  manifest: string
  /** Where it runs; without one, in this network. */
  namespace?: string
  env?: Variables
}

async function becket({ cwd, manifest, namespace, env = {} }: Place, ...words: string[]) {
  const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace]
  const [program = '', ...args] = [...inside, process.execPath, main, 'doctor', ...words, '--manifest', manifest]
  const { PATH, HOME } = process.env
  const startedMs = performance.now()
  const child = spawn(program, args, { cwd, env: { PATH, HOME, ...env }, stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString()
  })
  const [code] = await once(child, 'close')
  return { code, out, tookMs: performance.now() - startedMs }
}

/** What is wrong, or in doubt, in the order in which it is told. */
function told(out: string): string[] {
  const { findings } = answer.parse(JSON.parse(out))
  return findings
    .filter(({ status }) => status === 'fail')
    .map(({ check, subject, severity }) => `${severity} ${check} ${subject}`)
}

/** As somebody would who has the right values at hand, and does what is written and nothing else. */
function follow(out: string, variables: Variables, right: Variables): Variables {
  const mended = { ...variables }
  for (const { what } of answer.parse(JSON.parse(out)).plan) {
    const [, verb, name = ''] = /^(Set|Remove) ([A-Z0-9_]+) (?:on|from) /.exec(what) ?? []
    if (verb === 'Remove') delete mended[name]
    if (verb === 'Set') mended[name] = right[name] ?? ''
  }
  return mended
}

testInNamespace("the first users' production worker starts after its plan was followed", async (namespace) => {
  // `ip` lays these over /etc for whoever runs in the namespace: a name with an IPv6 address only, and no resolver.
  const etc = join('/etc/netns', namespace)
  onTestFinished(() => rm(etc, { recursive: true, force: true }))
  await mkdir(etc, { recursive: true })
  const { hostname } = new URL(broken().DATABASE_URL ?? '')
  await writeFile(join(etc, 'hosts'), `2001:db8::1 ${hostname}\n`)
  await writeFile(join(etc, 'resolv.conf'), 'nameserver 192.0.2.1\noptions timeout:1 attempts:1\n')
  // What the pooler is to them, the database of this machine is here.
  const own = (await readFile(example, 'utf8')).replace(
    'production: { projects: [], hosts: [] }',
    'production: { projects: [], hosts: [127.0.0.1] }',
  )
  const cwd = await createDirectory({
    'app.yaml': own,
    'staging/worker.env': written(worker('staging')),
    'production/worker.env': written(broken()),
  })

  const manifest = join(cwd, 'app.yaml')
  const compared = await becket({ cwd, manifest }, 'compare', 'staging', 'production')
  expect(compared.code).toBe(2)
  for (const name of ['SUPABASE_SERVICE_ROLE_KEY', 'DOCUMENT_ENCRYPTION_KEY', 'LLAMAPARSE_API_KEY', 'WEBHOOK_BASE_URL'])
    expect(compared.out).toMatch(new RegExp(`^worker +${name} +set +- +missing in production$`, 'm'))

  const empty = await createDirectory({})
  const here = { cwd: empty, manifest, namespace, env: broken() }
  const asked = ['--service', 'worker', '--environment', 'production']
  const [shown, read] = await Promise.all([becket(here, ...asked), becket(here, ...asked, '--json')])
  expect(shown.code).toBe(2)
  expect(told(read.out).filter((line) => line.startsWith('critical'))).toEqual([
    'critical ENV10 ENVIRONMENT',
    'critical ENV01 SUPABASE_SERVICE_ROLE_KEY',
    'critical ENV01 DOCUMENT_ENCRYPTION_KEY',
    'critical ENV01 LLAMAPARSE_API_KEY',
    'critical ENV01 WEBHOOK_BASE_URL',
    'critical DB01 DATABASE_URL',
  ])
  const flowing = shown.out.replace(/\s+/g, ' ')
  expect(flowing).toContain('no route there from this machine')
  expect(flowing).toContain('Set DATABASE_URL on the service worker (production) to the session pooler')
  expect(shown.out).not.toContain('canary')
  for (const { tookMs } of [compared, shown, read]) expect(tookMs).toBeLessThan(10_000)

  await using database = await testDatabase({ empty: true })
  const right = { ...worker('production'), ...common('production'), DATABASE_URL: database.url }
  const mended = follow(read.out, broken(), right)
  expect(mended.DATABASE_URL).toBe(database.url)
  const again = await becket({ cwd: empty, manifest, env: mended }, ...asked, '--json')
  expect(told(again.out)).toEqual([])

  const port = await freePort()
  const configFile = join(empty, 'becket.yaml')
  await writeFile(configFile, `dataDir: ${join(empty, 'data')}\n`)
  const server = startServer({
    configFile,
    cwd: empty,
    port,
    logFile: join(empty, 'worker.log'),
    arguments: ['--roles', 'worker', '--port', String(port)],
    env: mended,
  })
  onTestFinished(async () => {
    server.kill('SIGKILL')
    await server.ended
  })
  await until(() => server.hasEnded() || server.said().includes('becket is ready'))
  expect(server.said()).toMatch(/becket is ready.*\(production; roles worker;/)
  server.kill('SIGTERM')
  expect(await server.ended).toBe(0)
})
