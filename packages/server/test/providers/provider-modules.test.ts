/** What happens when a module that becket.yaml names is not what it should be: told at the start, with where and why. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { ConfigurationError, formatProblem } from '../../src/config/problem.ts'
import { silentLog } from '../../src/observe/log.ts'
import { createSources } from '../../src/providers/configured.ts'
import { importProvider, withModules } from '../../src/providers/module.ts'
import type { InboundCallback, ProviderSource } from '../../src/providers/provider.ts'
import { providers } from '../../src/providers/registry.ts'
import { createBench, expected, signal } from './bench.ts'

const bench = createBench()

const operations = `{ '*': { expectWithinMs: 1000, deadlineMs: 2000, resubmit: 'ask' } }`
const moduleOf = (members: string, source = `read: () => ({ kind: 'progress', externalId: null })`) =>
  `export default ({ z, option, text }) => ({
    name: 'mine', options: z.strictObject({}), operations: ${operations}, create: () => ({ ${source} }), ${members}
  })`

async function folder(files: Record<string, string>) {
  const cwd = await mkdtemp(join(tmpdir(), 'becket-modules-'))
  onTestFinished(() => rm(cwd, { recursive: true, force: true }))
  await mkdir(join(cwd, 'conf'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text)
  const load = (env: Record<string, string> = {}, flags = {}) =>
    loadConfig({ cwd, env, flags, providers, sinkKinds: [], importProvider })
  return { cwd, load }
}

async function problems(load: () => Promise<unknown>): Promise<string[]> {
  try {
    await load()
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems.map(formatProblem)
    throw error
  }
  return []
}

const yaml = (provider: string, more = '') => `sources:\n  one:\n    provider: ${provider}\n${more}`

describe('a module that cannot be used is told with its path and the reason', () => {
  test.each<[string, string, RegExp]>([
    ['has no default export', 'export const provider = {}', /no default export/],
    ['does not parse', 'export default {', /does not load/],
    ['throws', `throw new Error('no such luck')`, /does not load: no such luck/],
    ['imports what is not there', `import './nobody.mjs'`, /does not load: .*not there/],
    ['exports a text', `export default 'provider'`, /it is no object/],
    ['lacks members', `export default { name: 'mine' }`, /`options`, `operations`, `create` are missing/],
    ['misspells one', moduleOf('credential: () => null'), /`credential`, did you mean `credentials`\?/],
    ['has a wrong name', moduleOf(`name: 'My Own'`), /`name` must be/],
    ['has a name that is taken', moduleOf(`name: 'openai'`), /another provider has its name `openai`/],
    ['takes any option', moduleOf('options: z.object({})'), /options that it does not know/],
    ['takes options loosely', moduleOf('options: z.looseObject({})'), /options that it does not know/],
    ['has no schema', moduleOf('options: {}'), /must be a schema/],
    ['has no operation', moduleOf('operations: {}'), /at least one operation/],
    [
      'is overdue after its deadline',
      moduleOf(`operations: { x: { expectWithinMs: 2, deadlineMs: 1, resubmit: 'ask' } }`),
      /`operations\.x` must say/,
    ],
    [
      'has no such way to submit again',
      moduleOf(`operations: { x: { expectWithinMs: 1, deadlineMs: 2, resubmit: 'maybe' } }`),
      /`operations\.x\.resubmit`/,
    ],
    ['has a method that is none', moduleOf(`verify: { scheme: 'none' }`), /`verify` must be a function/],
  ])('one that %s', async (_, text, reason) => {
    const { cwd, load } = await folder({ 'becket.yaml': yaml('./mine.mjs'), 'mine.mjs': text })
    const told = await problems(load)
    expect(told).toEqual([expect.stringMatching(/^sources\.one\.provider: the module .*becket\.yaml:3/s)])
    expect(told[0]).toMatch(reason)
    expect(told[0]).toContain(join(cwd, 'mine.mjs'))
  })

  test('one that is not there', async () => {
    const { load } = await folder({ 'becket.yaml': yaml('./none.mjs') })
    expect(await problems(load)).toEqual([expect.stringContaining('there is no such file')])
  })

  test('a source that it makes without `read` stops the start', async () => {
    const { load } = await folder({ 'becket.yaml': yaml('./mine.mjs'), 'mine.mjs': moduleOf('', 'reed: () => null') })
    const { config } = await load()
    const known = await withModules(providers, config.sources)
    expect(() => createSources({ configs: config.sources, providers: known, log: silentLog })).toThrow(
      /sources\.one\.provider: the module .*`read` is missing/,
    )
  })
})

describe('which modules are loaded', () => {
  test('a path is relative to the file that writes it, not to where the command runs', async () => {
    const { cwd, load } = await folder({
      'conf/becket.yaml': yaml('./mine.mjs', '  two: { provider: ../conf/mine.mjs }\n'),
      'conf/mine.mjs': moduleOf(''),
    })
    const { config } = await load({}, { config: 'conf/becket.yaml' })
    const path = join(cwd, 'conf', 'mine.mjs')
    expect(config.sources).toMatchObject({
      one: { provider: 'mine', module: path },
      two: { provider: 'mine', module: path },
    })
    expect((await withModules(providers, config.sources)).filter(({ name }) => name === 'mine')).toHaveLength(1)
  })

  test('none that a variable puts in', async () => {
    const { load } = await folder({ 'becket.yaml': yaml(`\${CODE}`), 'mine.mjs': moduleOf('') })
    expect(await problems(() => load({ CODE: './mine.mjs' }))).toEqual([
      expect.stringContaining('only one written out in the file may load code'),
    ])
  })

  test('options of its own are judged like any others', async () => {
    const own = `options: z.strictObject({ region: option(text('a region'), { description: 'Where.' }) })`
    const { load } = await folder({ 'becket.yaml': yaml('./mine.mjs', '    regoin: eu\n'), 'mine.mjs': moduleOf(own) })
    expect(await problems(load)).toEqual([
      expect.stringContaining('sources.one.region: is missing: expected a region'),
      expect.stringContaining('did you mean `region`?'),
    ])
  })
})

describe('a source of a module that misbehaves', () => {
  async function sourceOf(members: string): Promise<ProviderSource> {
    const { load } = await folder({ 'becket.yaml': yaml('./mine.mjs'), 'mine.mjs': moduleOf('', members) })
    const { config } = await load()
    const known = await withModules(providers, config.sources)
    const { sources, close } = createSources({ configs: config.sources, providers: known, log: silentLog })
    bench.onEnd(close)
    const source = sources.get('one')
    if (source === undefined) throw new Error('the source is not there')
    return source.api
  }
  const callback: InboundCallback = { method: 'POST', headers: {}, body: Buffer.from('{}'), hints: {} }
  const request = { operation: 'x', input: null, key: 'k', clientId: 'exp_1' }

  test('has its callbacks put aside, and never taken for a failure', async () => {
    const throwing = await sourceOf(`read() { throw new Error('oh') }, eventId() { throw new Error('oh') }`)
    expect(throwing.read(callback)).toEqual({ kind: 'unreadable', reason: "the provider's module threw: oh" })
    expect(throwing.eventId?.(callback)).toBeNull()
    const odd = await sourceOf(`read: () => ({ kind: 'outcome', externalId: null, outcome: { verdict: 'fine' } })`)
    expect(odd.read(callback)).toMatchObject({ kind: 'unreadable', reason: expect.stringContaining('outcome.verdict') })
  })

  test('may have handed the work in, for all that is known', async () => {
    const throwing = await sourceOf(`read() {}, async submit() { throw new Error('oh') }`)
    expect(await throwing.submit?.(request, signal)).toMatchObject({
      kind: 'unclear',
      error: { code: 'MODULE_FAULTY' },
    })
    const odd = await sourceOf(`read() {}, async submit() { return { kind: 'refused' } }`)
    expect(await odd.submit?.(request, signal)).toMatchObject({
      kind: 'unclear',
      error: { message: expect.stringContaining('lacks `code`') },
    })
  })

  test('is asked in vain', async () => {
    const source = await sourceOf(
      `read() {}, async check() {}, async find() { return { id: 1 } }, async artifact() { throw 'oh' }, async collect() { return { kind: 'found' } }, async ping() { return true }`,
    )
    expect(await source.check?.(expected, signal)).toMatchObject({ kind: 'unavailable' })
    expect(await source.find?.(expected, signal)).toBeNull()
    expect(await source.artifact?.(expected, signal)).toMatchObject({ kind: 'unavailable' })
    expect(await source.collect?.(expected, null, signal)).toMatchObject({ kind: 'unavailable' })
    expect(await source.ping?.(signal)).toMatchObject({ kind: 'unavailable' })
  })
})
