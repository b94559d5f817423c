import { describe, expect, it } from 'vitest'
import type { ServiceEnvironment } from '../../src/core/doctor/service-environment.ts'
import { readEnvironmentFiles } from '../../src/doctor/environments/environment-files.ts'
import { createDirectory } from './directory.ts'

async function read(
  files: Record<string, string>,
  paths: string[],
  options: { service?: string; services?: string[] } = {},
) {
  const cwd = await createDirectory(files)
  const { service = null, services = ['api', 'worker'] } = options
  return readEnvironmentFiles({ paths, cwd, services, service, environment: null })
}

/** `value @ origin`, or `→ where it comes from @ origin`. */
function shown(environment: ServiceEnvironment | undefined): Record<string, string> {
  return Object.fromEntries(
    [...(environment?.settings ?? [])].map(([name, setting]) => [
      name,
      `${setting.kind === 'set' ? setting.value : `→ ${setting.to}`} @ ${setting.origin}`,
    ]),
  )
}

describe('env files', () => {
  it('give each variable with its line, as loaders read it', async () => {
    const text = [
      '# a comment',
      'PLAIN=one # said beside it',
      'export EXPORTED = two',
      `SINGLE='\${three}'`,
      'DOUBLE="four # five"',
      'LINES="six',
      'seven"',
      'EMPTY=',
      `FROM=\${OTHER}/x`,
      'HASH=eight#nine',
    ].join('\n')
    const { environments, problems } = await read({ 'worker.env': text }, ['worker.env'])
    expect(problems).toEqual([])
    expect(shown(environments[0])).toEqual({
      PLAIN: 'one @ worker.env:2',
      EXPORTED: 'two @ worker.env:3',
      SINGLE: `\${three} @ worker.env:4`,
      DOUBLE: 'four # five @ worker.env:5',
      LINES: 'six\nseven @ worker.env:6',
      EMPTY: ' @ worker.env:8',
      FROM: `→ \${OTHER} @ worker.env:9`,
      HASH: 'eight#nine @ worker.env:10',
    })
  })

  it('keep what came along by mistake', async () => {
    const { environments } = await read({ 'worker.env': '\ufeffA=one\r\nB="two "\r\n' }, ['worker.env'])
    expect([...(environments[0]?.settings.values() ?? [])]).toMatchObject([{ value: '\ufeffone\r' }, { value: 'two ' }])
  })

  it('a line that is none is named, not quoted', async () => {
    const { problems } = await read({ 'worker.env': 'A=1\nhunter2\n' }, ['worker.env'])
    expect(problems).toEqual(['worker.env:2: not understood; expected NAME=value'])
  })

  it('are told apart by their names and directories', async () => {
    const files = Object.fromEntries(
      ['staging/worker.env', 'staging/api.env', '.env.worker.production', 'worker.env'].map((name) => [name, 'A=1']),
    )
    const { environments } = await read(files, ['staging', '.env.worker.production', 'worker.env'])
    expect(environments.map(({ service, environment }) => [service, environment])).toEqual([
      ['api', 'staging'],
      ['worker', 'staging'],
      ['worker', 'production'],
      ['worker', null],
    ])
  })

  it('of one service are laid over each other, the later above', async () => {
    const { environments } = await read({ 'worker.env': 'A=1\nB=1', '.env': 'B=2' }, ['worker.env', '.env'], {
      service: 'worker',
    })
    expect(environments).toHaveLength(1)
    expect(shown(environments[0])).toEqual({ A: '1 @ worker.env:1', B: '2 @ .env:1' })
  })

  it('that do not say whose they are are refused, unless there is only one', async () => {
    expect((await read({ '.env': 'A=1' }, ['.env'])).problems).toEqual([
      '.env: whose is it? Name it SERVICE.env, or say --service (api, worker)',
    ])
    expect((await read({ '.env': 'A=1' }, ['.env'], { services: ['api'] })).environments[0]?.service).toBe('api')
  })

  it('that are not there are named', async () => {
    expect((await read({}, ['nowhere.env', '.'])).problems).toEqual([
      'nowhere.env: there is no such file or directory',
      '.: holds no file that is understood: SERVICE.env, render.yaml, fly.toml or compose.yaml',
    ])
  })
})

describe('files of hosts', () => {
  it('a Render blueprint says what it sets, and what it leaves to others', async () => {
    const text = `
services:
  - type: worker
    name: acme-worker
    envVars:
      - key: LOG_LEVEL
        value: INFO
      - key: OPENAI_API_KEY
        sync: false
      - key: DATABASE_URL
        fromDatabase: { name: db, property: connectionString }
      - fromGroup: shared
envVarGroups:
  - name: shared
    envVars:
      - key: PORT
        value: 8000
projects:
  - name: acme
    environments:
      - name: staging
        services:
          - { type: web, name: acme-api, envVars: [{ key: SECRET, generateValue: true }] }
`
    const { environments, problems } = await read({ 'render.yaml': text }, ['render.yaml'])
    expect(problems).toEqual([])
    expect(environments.map(({ service, environment }) => [service, environment])).toEqual([
      ['worker', null],
      ['api', 'staging'],
    ])
    expect(shown(environments[0])).toEqual({
      LOG_LEVEL: 'INFO @ render.yaml:6',
      OPENAI_API_KEY: '→ set in the dashboard @ render.yaml:8',
      DATABASE_URL: '→ the database of the blueprint @ render.yaml:10',
      PORT: '8000 @ render.yaml:16',
    })
    expect(shown(environments[1])).toEqual({ SECRET: '→ made by Render @ render.yaml:23' })
  })

  it('fly.toml gives its [env], and nothing of its other tables', async () => {
    const text = `
app = "worker" # the name
primary_region = 'fra'

[env]
  LOG_LEVEL = "in\\"fo" # level
  PORT = 8080
  PATHS = 'C:\\temp'

[[services]]
  internal_port = 8080
`
    const { environments, problems } = await read({ 'fly.toml': text }, ['fly.toml'])
    expect(problems).toEqual([])
    expect(environments[0]?.service).toBe('worker')
    expect(shown(environments[0])).toEqual({
      LOG_LEVEL: 'in"fo @ fly.toml:6',
      PORT: '8080 @ fly.toml:7',
      PATHS: 'C:\\temp @ fly.toml:8',
    })
  })

  it('fly.toml with a value that is not understood is refused there', async () => {
    const text = 'app = "worker"\n[env]\nA = """\nhunter2\n"""\n'
    const { problems } = await read({ 'fly.toml': text }, ['fly.toml'])
    expect(problems[0]).toBe('fly.toml:3: not understood; expected NAME = "value" on one line')
    expect(problems.join()).not.toContain('hunter2')
  })

  it('a compose file gives maps, lists, merged anchors and env files', async () => {
    const text = `
x-common: &common
  LOG_LEVEL: info
services:
  api:
    environment:
      <<: *common
      PORT: 8000
      PRICE: 5$$
      SECRET: \${SECRET:?missing}
      SHELL_SET:
  worker:
    env_file: [shared.env, { path: worker.local }]
    environment:
      - LOG_LEVEL=debug
      - FROM_SHELL
`
    const files = { 'compose.yaml': text, 'shared.env': 'LOG_LEVEL=warn\nA=1', 'worker.local': 'B=2' }
    const { environments, problems } = await read(files, ['compose.yaml'])
    expect(problems).toEqual([])
    expect(shown(environments[0])).toEqual({
      LOG_LEVEL: 'info @ compose.yaml:3',
      PORT: '8000 @ compose.yaml:8',
      PRICE: '5$ @ compose.yaml:9',
      SECRET: `→ \${SECRET} @ compose.yaml:10`,
      SHELL_SET: '→ the shell @ compose.yaml:11',
    })
    expect(shown(environments[1])).toEqual({
      LOG_LEVEL: 'debug @ compose.yaml:15',
      A: '1 @ shared.env:2',
      B: '2 @ worker.local:1',
      FROM_SHELL: '→ the shell @ compose.yaml:16',
    })
  })

  it('broken YAML is named by its line, without a piece of it', async () => {
    const { problems } = await read({ 'compose.yaml': 'services:\n  a: "hunter2\n' }, ['compose.yaml'])
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^compose\.yaml:\d+: not valid YAML \([A-Z_]+\)$/)
  })
})
