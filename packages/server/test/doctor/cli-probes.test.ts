/** `becket doctor` where it asks: what answers is real, beside what is written; whoever is not to be asked is not. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import { registerDoctor } from '../../src/cli/doctor/command.ts'
import { run } from '../../src/cli/run.ts'
import { createTerminal } from '../cli/terminal.ts'
import { testWith } from '../outside.ts'
import { createDirectory } from './directory.ts'
import { createProbeBench, refusedPort } from './probes-bench.ts'

const bench = createProbeBench()
const KEY = 'test-key-of-the-provider'

/** Takes one key; answers only when `together` requests have come, so that whoever asks one after the other waits. */
async function provider({ together = 1 } = {}) {
  const asked: (string | undefined)[] = []
  const waiting: (() => void)[] = []
  const server = createServer((request, response) => {
    const { authorization } = request.headers
    asked.push(authorization)
    waiting.push(() => {
      response.writeHead(authorization === `Bearer ${KEY}` ? 200 : 401, { 'content-type': 'application/json' })
      response.end('[]')
    })
    if (asked.length >= together) for (const answer of waiting.splice(0)) answer()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  bench.onEnd(async () => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  return { asked, url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}` }
}

const source = (baseUrl: string, apiKey = KEY) => ({ provider: 'llamaparse', baseUrl, apiKey })

interface Given {
  files?: Record<string, string>
  settings?: object
  env?: Record<string, string>
  isTTY?: boolean
}

async function doctor({ files = {}, settings = {}, env = {}, isTTY = false }: Given, ...words: string[]) {
  const cwd = await createDirectory({ 'becket.yaml': stringify(settings), ...files })
  let out = ''
  let err = ''
  const { io } = await createTerminal({
    cwd,
    isTTY,
    env: { BECKET_DATA_DIR: join(cwd, 'data'), ...env },
    out: (line) => {
      out += `${line}\n`
    },
    err: (line) => {
      err += `${line}\n`
    },
  })
  const code = await run(['doctor', ...words], io, '0.0.0', [registerDoctor])
  return { code, out, err }
}

const said = z.object({
  health: z.string(),
  tookMs: z.number(),
  findings: z.array(
    z.object({ check: z.string(), subject: z.string(), status: z.string(), evidence: z.string(), remedy: z.string() }),
  ),
})

function failed(out: string): string[] {
  const { findings } = said.parse(JSON.parse(out))
  return findings.filter(({ status }) => status === 'fail').map(({ check, subject }) => `${check} ${subject}`)
}

const findingOf = (out: string, check: string) =>
  said.parse(JSON.parse(out)).findings.find((finding) => finding.check === check)

describe('becket doctor, of Becket itself', () => {
  test('where all is well asks everybody at once, says so within five seconds, and ends with 0', async () => {
    const [{ url: databaseUrl }, { url, asked }] = [await bench.database(), await provider({ together: 3 })]
    const sources = { one: source(url), two: source(url), three: source(url) }
    const { code, out } = await doctor({ settings: { sources }, env: { DATABASE_URL: databaseUrl } }, '--json')
    expect(failed(out)).toEqual([])
    expect(asked).toHaveLength(3)
    expect(said.parse(JSON.parse(out))).toMatchObject({ health: 'fine' })
    expect(said.parse(JSON.parse(out)).tookMs).toBeLessThan(5_000)
    for (const check of ['DB12', 'NET01', 'KEY01', 'CLK01', 'INIT01', 'HOST01']) {
      expect(findingOf(out, check)).toMatchObject({ check, status: 'pass' })
    }
    expect(code).toBe(0)
  })

  test('tells a key that is refused, by its source, and not the key', async () => {
    const { url } = await provider()
    const { code, out } = await doctor({ settings: { sources: { parser: source(url, 'test-key-of-nobody') } } })
    expect(code).toBe(2)
    expect(out).toMatch(/error {4}sources\.parser {2}becket {2}KEY01/)
    expect(out).toContain('Not done: what is handed to parser.')
    expect(out).not.toContain('test-key-of-nobody')
  })

  test('whose configuration is wrong says so, and asks the database and the sources all the same', async () => {
    const { url, asked } = await provider()
    const storage = { kind: 'supabase' }
    const settings = { prot: 1, worker: { slots: 'many' }, storage, sources: { parser: source(url) } }
    const env = { DATABASE_URL: `postgres://becket:test-password@127.0.0.1:${await refusedPort()}/becket` }
    const { code, out } = await doctor({ settings, env }, '--json')
    expect(code).toBe(2)
    const wrong = ['prot', 'worker.slots', 'storage.url', 'storage.serviceKey']
    expect(failed(out)).toEqual([...wrong.map((where) => `ENV03 ${where}`), 'NET01 DATABASE_URL'])
    expect(findingOf(out, 'STO01')).toMatchObject({ status: 'unknown' })
    expect(asked).toEqual([`Bearer ${KEY}`])
    expect(out).not.toContain('test-password')
  })

  test('that cannot reach its database names the candidate that works, and plans to set it', async () => {
    const { url } = await bench.database()
    const env = { DATABASE_URL: `postgres://becket:test-password@127.0.0.1:${await refusedPort()}/becket` }
    const { out } = await doctor({ env }, '--candidate', url)
    expect(out).toContain('database does not: connect fail\n  candidate 1 works (direct)')
    expect(out.replace(/\s+/g, ' ')).toContain('→ Set DATABASE_URL to candidate 1: ')
    expect(out).not.toContain(new URL(url).password || 'test-password')
    const plan = await doctor({ env }, '--candidate', url, '--fix-plan')
    expect(plan.out).toMatch(/^ 1\. Set DATABASE_URL to candidate 1/m)
  })

  test('asks nobody who can answer nothing of what is wanted, nor anybody where it is told to', async () => {
    const { url, asked } = await provider()
    const settings = { sources: { parser: source(url) } }
    expect((await doctor({ settings }, '--only', 'DB,HOST')).code).toBe(0)
    expect((await doctor({ settings }, '--service', 'intake')).out).not.toContain('parser')
    const offline = await doctor({ settings }, '--offline')
    expect(offline).toMatchObject({ code: 1, out: expect.stringContaining('Not asked: --offline.') })
    expect(asked).toEqual([])
  })

  test('tells on a terminal whom it asked, beside what it found, and no program', async () => {
    const watched = await doctor({ isTTY: true }, '--only', 'HOST')
    expect(watched.err).toMatch(/^asked machine \(\d+ ms\)$/m)
    expect((await doctor({ isTTY: true }, '--only', 'HOST', '--json')).err).toBe('')
    expect((await doctor({}, '--only', 'HOST')).err).toBe('')
  })

  testWith('pgbouncer', 'behind a transaction pooler is warned of what it misses, and works', async (url) => {
    const { code, out } = await doctor({ env: { DATABASE_URL: url } }, '--only', 'DB04,DB05,DB12', '--json')
    expect(failed(out)).toEqual(['DB05 DATABASE_URL'])
    expect(findingOf(out, 'DB04')).toMatchObject({ status: 'pass' })
    expect(code).toBe(1)
  })

  test('tells who hangs as unknown when its time is over', async () => {
    const { url } = await provider({ together: 2 })
    const { code, out } = await doctor(
      { settings: { sources: { parser: source(url) } } },
      '--timeout',
      '300ms',
      '--json',
    )
    expect(findingOf(out, 'KEY01')).toMatchObject({ status: 'unknown', evidence: expect.stringContaining('time') })
    expect(code).toBe(1)
  })
})

describe('becket doctor, of a service by its manifest', () => {
  const manifest = (rules: string) => ({
    files: { 'app.yaml': `services:\n  worker:\n    variables:\n${rules}` },
  })
  const rules = `      DATABASE_URL: { format: postgres-url, secret: true, need: optional }
      PARSER_URL: { format: url, need: optional, PROVIDER }
      PARSER_KEY: { secret: true, need: optional, PROVIDER }
`

  test('climbs to its database, in the mode that it needs', async () => {
    const { url } = await bench.database()
    const { out } = await doctor(
      { ...manifest(rules.replaceAll(', PROVIDER', '')), env: { DATABASE_URL: url } },
      ...['--manifest', 'app.yaml', '--json'],
    )
    expect(failed(out)).toEqual([])
    expect(findingOf(out, 'DB04')).toMatchObject({ status: 'pass' })
    expect(findingOf(out, 'INIT02')).toMatchObject({ status: 'unknown' })
  })

  test('shows a key only to the provider that the manifest names', async () => {
    const { url, asked } = await provider()
    const env = { PARSER_URL: url, PARSER_KEY: 'test-key-of-nobody' }
    const unnamed = await doctor({ ...manifest(rules.replaceAll(', PROVIDER', '')), env }, '--manifest', 'app.yaml')
    expect(unnamed.code).toBe(1)
    expect(asked).toEqual([])
    const named = manifest(rules.replaceAll('PROVIDER', 'provider: llamaparse'))
    const { out } = await doctor({ ...named, env }, '--manifest', 'app.yaml', '--json')
    expect(asked).toEqual(['Bearer test-key-of-nobody'])
    expect(failed(out)).toEqual(['KEY01 PARSER_KEY'])
    expect(out).not.toContain('test-key-of-nobody')
  })

  test('asks nobody with what stands in files: they tell what another place has', async () => {
    let connections = 0
    const port = await bench.listening(() => void connections++)
    const files = {
      ...manifest(rules.replaceAll(', PROVIDER', '')).files,
      'production/worker.env': `DATABASE_URL=postgres://u:test-password@127.0.0.1:${port}/d\n`,
    }
    const { out } = await doctor({ files }, '--manifest', 'app.yaml', '--env', 'production')
    expect(out).toContain('Run the doctor there')
    expect(connections).toBe(0)
  })
})
