import { describe, expect, it } from 'vitest'
import { planFor } from '../../src/core/doctor/plan.ts'
import { findingsOf, type Given, manifestOf } from '../doctor/looking.ts'
import {
  api,
  callbackAddress,
  direct,
  examined,
  expectSaid,
  keyOf,
  manifest,
  openOnes,
  pooled,
  projects,
  type Said,
  worker,
} from './environments.ts'

const ON_WORKER = /on the service worker \(production\)/

it('environments that are well leave nothing to say', () => {
  const all = [api('staging'), worker('staging'), api('production'), worker('production')]
  expect(openOnes(examined(...all))).toEqual([])
})

describe('variables', () => {
  it.each<[string, Given[], Said[]]>([
    [
      'A-009: a parser key under two names, of which the one that wins has the wrong form, is told by both names',
      [worker('production', { LLAMAPARSE_API_KEY: 'of-the-wrong-form', LLAMA_CLOUD_API_KEY: 'the-good-one' })],
      [
        ['ENV03', 'LLAMAPARSE_API_KEY', /is not a key that begins with llx-/, ON_WORKER],
        ['ENV06', 'LLAMA_CLOUD_API_KEY', /mean the same, and differ; LLAMAPARSE_API_KEY is read/, /remove LLAMA_CLOUD/],
      ],
    ],
    [
      'A-013: one service with a setting and another one on its default are told apart',
      [api('production', { DATABASE_SCHEMA: 'documents' }), worker('production')],
      [['ENV08', 'DATABASE_SCHEMA', /differs between api and worker in production/, /to one value on api and worker/]],
    ],
    [
      'A-030s: a key that was never set and a direct database address are both told before the start',
      [worker('staging', { DOCUMENT_ENCRYPTION_KEY: undefined, DATABASE_URL: direct('staging') })],
      [
        ['ENV01', 'DOCUMENT_ENCRYPTION_KEY', /is not set/, /32 bytes/],
        ['DB01', 'DATABASE_URL', /direct address .* IPv6/, /session pooler: .* port 5432, user postgres\./],
      ],
    ],
    [
      'A-030p: what only the worker of production lacks is told by comparing it with staging',
      [worker('staging'), worker('production', { SUPABASE_SERVICE_ROLE_KEY: undefined, ALERT_EMAIL: undefined })],
      [
        ['ENV01', 'SUPABASE_SERVICE_ROLE_KEY', /is not set\. It is set in staging\./, ON_WORKER],
        ['ENV01', 'ALERT_EMAIL', /is not set\. It is set in staging\./, ON_WORKER],
      ],
    ],
    [
      'A-031: a setting that differs by its absence is told with the environment that has it',
      [worker('staging', { LLAMAPARSE_BASE_URL: 'https://api.cloud.eu.llamaindex.ai' }), worker('production')],
      [['ENV09', 'LLAMAPARSE_BASE_URL', /set in staging, and absent in production/, ON_WORKER]],
    ],
    [
      'C-008: an API and a worker on two databases are told, whatever ways lead there',
      [
        api('development'),
        worker('development', { DATABASE_URL: 'postgresql://postgres:pw@127.0.0.1:54322/postgres' }),
      ],
      [
        [
          'ENV08',
          'DATABASE_URL',
          /leads to different databases between api and worker/,
          /to one value on api and worker/,
        ],
      ],
    ],
    [
      'N-port: a port that is missing, or is none, is told with what it is for',
      [api('production', { PORT: undefined }), api('staging', { PORT: 'http' })],
      [
        ['ENV01', 'PORT', /is not set/, /a port, 1 to 65535/],
        ['ENV03', 'PORT', /is not a port/, /on the service api \(staging\)/],
      ],
    ],
  ])('%s', (_name, given, said) => {
    expectSaid(examined(...given), said)
  })

  it('A-010: a key of a feature that nobody uses costs that feature, and not the service', () => {
    const findings = examined(api('production', { ANTHROPIC_API_KEY: undefined }))
    expect(openOnes(findings)).toEqual(['ENV01 ANTHROPIC_API_KEY'])
    expect(findings.find(({ subject }) => subject === 'ANTHROPIC_API_KEY')).toMatchObject({
      severity: 'error',
      consequence: 'Not done: answering in the chat.',
      remedy: expect.stringContaining('Set ANTHROPIC_API_KEY on the service api (production)'),
    })
  })

  it('A-017: one token secret for two services is demanded of both, and must be the same', () => {
    const shared = manifestOf(`
services:
  api: &service { variables: { JWT_SECRET_KEY: { secret: true, mustEqual: true } } }
  uploads: *service
`)
    const of = (service: string, variables: Record<string, string>) => ({
      service,
      environment: 'production',
      variables,
    })
    const differing = findingsOf(shared, of('api', { JWT_SECRET_KEY: 'a' }), of('uploads', { JWT_SECRET_KEY: 'b' }))
    expectSaid(differing, [
      ['ENV08', 'JWT_SECRET_KEY', /differs between api and uploads/, /one value on api and uploads/],
    ])
    // Where it is written into the code, nobody has set it.
    const written = findingsOf(shared, of('api', { JWT_SECRET_KEY: 'a' }), of('uploads', {}))
    expectSaid(written, [['ENV01', 'JWT_SECRET_KEY', /is not set/, /on the service uploads/]])
  })

  it('A-022: a service that loaded nothing of its environment is told every name that it lacks, at once', () => {
    const needed = manifestOf('services: { api: { variables: { LOG_LEVEL: , SUPABASE_URL: , JWT_SECRET_KEY: } } }')
    const findings = findingsOf(needed, { environment: 'production', variables: {} })
    const remedy = /^Set \w+ on the service api \(production\)/
    expectSaid(findings, [
      ['ENV01', 'LOG_LEVEL', /is not set/, remedy],
      ['ENV01', 'SUPABASE_URL', /is not set/, remedy],
      ['ENV01', 'JWT_SECRET_KEY', /is not set/, remedy],
    ])
  })
})

describe('addresses that providers are given', () => {
  it.each<[string, string, RegExp]>([
    [
      'A-028: the address of another environment is told',
      callbackAddress('staging'),
      /is a host of staging, not of production/,
    ],
    ['B-008: the address of the machine itself is told', 'http://localhost:8000', /nobody outside can mean it/],
    [
      'N-tunnel: a tunnel that somebody opened by hand is told',
      'https://a1b2.ngrok-free.app',
      /ends with the terminal/,
    ],
  ])('%s', (_name, address, cause) => {
    const findings = examined(worker('production', { WEBHOOK_BASE_URL: address }))
    expectSaid(findings, [['HK01', 'WEBHOOK_BASE_URL', cause, ON_WORKER]])
    expect(findings.find(({ check }) => check === 'HK01')).toMatchObject({ severity: 'critical' })
  })

  it('B-009: what counts is what the process was given, not what was committed', () => {
    const committed = examined(worker('production'))
    const running = findingsOf(manifest, {
      ...worker('production', { WEBHOOK_BASE_URL: 'http://localhost:8000' }),
      isWhole: false,
    })
    expect(openOnes(committed)).toEqual([])
    expect(openOnes(running)).toEqual(['HK01 WEBHOOK_BASE_URL'])
  })
})

describe('keys and stand-ins', () => {
  it('A-012: an anon key where the service role key belongs is told by its claims', () => {
    const findings = examined(worker('production', { SUPABASE_SERVICE_ROLE_KEY: keyOf('anon', 'production') }))
    expectSaid(findings, [
      ['KEY02', 'SUPABASE_SERVICE_ROLE_KEY', /a key of the role anon, not of service_role/, /to the service_role key/],
    ])
  })

  it('B-014: a mock that is on, or half on, in production is told', () => {
    const findings = examined(worker('production', { SERVICE_MODE: 'hybrid', USE_MOCK_STORAGE: 'true' }))
    expectSaid(findings, [
      ['ENV11', 'SERVICE_MODE', /production does not allow/, /to real or production/],
      ['ENV11', 'USE_MOCK_STORAGE', /production does not allow/, /to false or 0/],
    ])
  })

  it('B-011: of several causes each is told, the one that hides the others first', () => {
    const findings = examined(
      worker('production', {
        SUPABASE_SERVICE_ROLE_KEY: keyOf('anon', 'production'),
        USE_MOCK_STORAGE: 'true',
        WEBHOOK_BASE_URL: 'http://localhost:8000',
      }),
    )
    const inOrder = ['ENV11 USE_MOCK_STORAGE', 'KEY02 SUPABASE_SERVICE_ROLE_KEY', 'HK01 WEBHOOK_BASE_URL']
    expect(openOnes(findings)).toEqual(inOrder)
    expect(planFor(findings, 'production').steps.flatMap(({ check }) => check ?? [])).toEqual([
      'ENV11',
      'KEY02',
      'HK01',
    ])
  })

  it('B-010: prepared statements through a transaction pooler are told before the first of them fails', () => {
    const [, own] = manifest.services
    const services = own === undefined ? [] : [{ ...own, database: { ...own.database, preparedStatements: true } }]
    const findings = findingsOf(
      { ...manifest, services },
      worker('production', { DATABASE_URL: pooled('production', 6543) }),
    )
    expectSaid(findings, [['DB04', 'DATABASE_URL', /transaction pooler, port 6543/, /no variable does it/]])
    expect(findings.find(({ check }) => check === 'DB04')?.evidence).not.toContain(projects.production)
  })
})
