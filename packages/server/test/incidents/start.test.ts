/** Incidents of starts: what is refused before anything runs, by its name, its place and its remedy. */
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/load.ts'
import { ConfigurationError, formatProblem } from '../../src/config/problem.ts'
import { providers } from '../../src/providers/registry.ts'
import { sinkKinds } from '../../src/sinks/registry.ts'
import { createTerminal } from '../cli/terminal.ts'
import { createDirectory } from '../doctor/directory.ts'

async function load(files: Record<string, string>, env: Record<string, string> = {}) {
  return loadConfig({ cwd: await createDirectory(files), env, providers, sinkKinds })
}

async function problemsOf(files: Record<string, string>, env: Record<string, string> = {}): Promise<string[]> {
  const refused = await load(files, env).catch((error: unknown) => error)
  if (!(refused instanceof ConfigurationError)) throw new Error('the configuration was accepted')
  return refused.problems.map(formatProblem)
}

describe('the configuration', () => {
  it('B-003a: is judged with all of its variables, those of .env included', async () => {
    const { config, originOf } = await load({ '.env': 'BECKET_PUBLIC_URL=https://hooks.acme.app\n' })
    expect(config.publicUrl).toBe('https://hooks.acme.app')
    expect(originOf(['publicUrl'])).toMatchObject({ kind: 'env', dotenv: true })
    const file = `sources: { parser: { provider: llamaparse, apiKey: "\${PARSER_KEY}" } }\n`
    expect(await problemsOf({ 'becket.yaml': file })).toEqual([
      expect.stringMatching(/^becket\.yaml:1: .*PARSER_KEY.* is not set, .* nor in \.env$/),
    ])
    await load({ 'becket.yaml': file, '.env': 'PARSER_KEY=test-key\n' })
  })

  it('B-012: takes the address that was written, whatever the environment is called', async () => {
    for (const ENVIRONMENT of ['development', 'staging', 'production']) {
      const { config, names } = await load({}, { ENVIRONMENT, WEBHOOK_BASE_URL: 'https://hooks.acme.app' })
      expect(config.publicUrl).toBe('https://hooks.acme.app')
      expect(names).toContainEqual({ name: 'WEBHOOK_BASE_URL', effect: 'sets publicUrl', isUsed: true })
    }
  })

  it.each([
    ['B-014: that asks for a mock in production is refused by the name that asks', { SERVICE_MODE: 'hybrid' }],
    ['C-026: that asks for made-up files in production is refused by the name that asks', { USE_MOCK_STORAGE: 'true' }],
  ])('%s', async (_name, asking) => {
    const env = { ENVIRONMENT: 'production', BECKET_PUBLIC_URL: 'https://hooks.acme.app', ...asking }
    const [name = ''] = Object.keys(asking)
    expect(await problemsOf({}, env)).toEqual([
      expect.stringContaining(`${name}: asks for a mock and is refused in production; remove the variable`),
    ])
  })
})

it('B-004: an option that there is not is refused before the start, with the one that was meant', async () => {
  const { run } = await createTerminal()
  const { code, err } = await run('serve', '--prot', '8000')
  expect(code).toBe(2)
  expect(err).toMatch(/unknown option '--prot'/)
  expect(err).toMatch(/--port/)
})
