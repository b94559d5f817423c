import { describe, expect, it } from 'vitest'
import { checkCodes } from '../../src/core/doctor/checks.ts'
import { findingsOf, manifestOf, OTHER_REF, POOLER, REF, saidBy, tokenOf } from './looking.ts'

const manifest = manifestOf(`
environments:
  staging: { projects: [${OTHER_REF}], hosts: [hooks.acme.dev] }
services:
  worker:
    outbound: ipv4
    database: { preparedStatements: true, session: true, isLongLived: true }
    unread: { OLD_SETTING: nothing reads it since the rewrite }
    variables:
      ENVIRONMENT: { means: environment, need: optional }
      DATABASE_URL: { format: postgres-url, secret: true, need: optional }
      SUPABASE_URL: { format: https-url, need: optional }
      SERVICE_KEY: { format: { jwt: service_role }, secret: true, need: optional, capability: storage }
      ENCRYPTION_KEY: { format: { key: 32 }, secret: true, need: optional }
      CALLBACK_URL: { means: callback, need: optional }
      OPENAI_API_KEY: { secret: true, aliases: [OPENAI_KEY], capability: embedding }
      ALERT_EMAIL: { format: email, need: soft, capability: alerts by mail }
      SLOTS: { format: { whole: [1, 100] }, default: 10 }
      PAUSE: { format: duration, need: optional }
      PORT: { format: port, need: optional }
      MODE: { format: { choice: [fast, slow] }, need: optional }
      USE_MOCK: { format: flag, default: false, inProduction: [false] }
`)

const well = { OPENAI_API_KEY: 'one of ours', ALERT_EMAIL: 'ops@acme.dev' }
const direct = (ref: string, port: number, query = '?sslmode=verify-full') =>
  `postgres://postgres:pw@db.${ref}.supabase.co:${port}/postgres${query}`
const pooled = (user: string, port: number) => `postgres://${user}:pw@${POOLER}:${port}/postgres?sslmode=verify-full`

function examined(check: string, variables: Record<string, string | null>, environment: string | null = 'production') {
  return saidBy(findingsOf(manifest, { variables: { ...well, ...variables }, environment }), check)
}

describe('what is wrong with variables', () => {
  it.each<[string, string, Record<string, string | null>, string[]]>([
    ['ENV01', 'all is there', {}, ['pass']],
    ['ENV01', 'a hard need that is blank', { OPENAI_API_KEY: ' ' }, ['critical OPENAI_API_KEY']],
    ['ENV01', 'a soft need', { ALERT_EMAIL: '' }, ['error ALERT_EMAIL']],
    ['ENV01', 'its other name is enough', { OPENAI_API_KEY: '', OPENAI_KEY: 'one of ours' }, ['pass']],
    ['ENV01', 'the dashboard has it', { OPENAI_API_KEY: null }, ['unknown']],
    ['ENV02', 'changeme', { OPENAI_API_KEY: 'changeme' }, ['critical OPENAI_API_KEY']],
    ['ENV02', 'your-…', { OPENAI_API_KEY: 'your-openai-key' }, ['critical OPENAI_API_KEY']],
    ['ENV02', '<…>', { OPENAI_API_KEY: '<put it here>' }, ['critical OPENAI_API_KEY']],
    ['ENV02', 'the host of examples', { SUPABASE_URL: 'https://project.example.com' }, ['critical SUPABASE_URL']],
    ['ENV02', 'a real one', { OPENAI_API_KEY: 'a1b2c3' }, ['pass']],
    ['ENV02', 'a list, and a name of ones own', { MODE: '["a"]', OPENAI_API_KEY: 'my-files' }, ['pass']],
    ['ENV02', 'an environment for tests', { ENVIRONMENT: 'test' }, ['pass']],
    ['ENV03', 'no number', { SLOTS: 'many' }, ['error SLOTS']],
    ['ENV03', 'out of range', { SLOTS: '0' }, ['error SLOTS']],
    ['ENV03', 'no mail address', { ALERT_EMAIL: 'ops' }, ['error ALERT_EMAIL']],
    ['ENV03', 'http where https must be', { SUPABASE_URL: 'http://acme.app' }, ['error SUPABASE_URL']],
    ['ENV03', 'no unit', { PAUSE: '30' }, ['error PAUSE']],
    ['ENV03', 'no port', { PORT: '70000' }, ['error PORT']],
    ['ENV03', 'no such word', { MODE: 'quick' }, ['error MODE']],
    ['ENV03', 'all well', { SLOTS: '10', PAUSE: '30s', PORT: '8000', MODE: 'fast' }, ['pass']],
    ['ENV04', 'a blank behind it', { OPENAI_API_KEY: 'a1b2c3 ' }, ['warning OPENAI_API_KEY']],
    ['ENV04', 'quotes in it', { OPENAI_API_KEY: '"a1b2c3"' }, ['warning OPENAI_API_KEY']],
    ['ENV04', 'a carriage return', { OPENAI_API_KEY: 'a1b2c3\r' }, ['warning OPENAI_API_KEY']],
    ['ENV04', 'a byte order mark', { OPENAI_API_KEY: '\ufeffa1b2c3' }, ['warning OPENAI_API_KEY']],
    ['ENV05', 'known to be read by nobody', { OLD_SETTING: '1' }, ['info OLD_SETTING']],
    ['ENV05', 'nothing strange', {}, ['pass']],
    ['ENV06', 'two letters swapped', { OPENAI_API_KEY: '', OPNEAI_API_KEY: 'a1' }, ['warning OPNEAI_API_KEY']],
    ['ENV06', 'two names, two values', { OPENAI_KEY: 'another' }, ['error OPENAI_KEY']],
    ['ENV06', 'an address is never meant to be a key', { OPENAI_API_KEY: '', OPENAI_API_URL: 'x' }, ['pass']],
    ['ENV10', 'it says another', { ENVIRONMENT: 'development' }, ['critical ENVIRONMENT']],
    ['ENV10', 'the project of staging', { DATABASE_URL: direct(OTHER_REF, 5432) }, ['critical DATABASE_URL']],
    ['ENV10', 'a host that says staging', { SUPABASE_URL: 'https://api-staging.acme.app' }, ['critical SUPABASE_URL']],
    ['ENV10', 'this machine', { DATABASE_URL: 'postgres://a:b@localhost/c' }, ['critical DATABASE_URL']],
    ['ENV10', 'all one', { ENVIRONMENT: 'production', DATABASE_URL: direct(REF, 5432) }, ['pass']],
    ['ENV11', 'a mock in production', { USE_MOCK: 'true' }, ['critical USE_MOCK']],
    ['ENV11', 'off', { USE_MOCK: 'False' }, ['pass']],
  ])('%s, %s', (check, _case, variables, expected) => {
    expect(examined(check, variables)).toEqual(expected)
  })

  it('ENV11 and ENV10 are unknown where nobody says which environment it is', () => {
    expect(examined('ENV11', { USE_MOCK: 'true' }, null)).toEqual(['unknown'])
    expect(examined('ENV10', {}, null)).toEqual(['unknown'])
  })

  it('a process is not blamed for the names of its shell', () => {
    const findings = findingsOf(manifest, {
      variables: { ...well, PATH: '/bin', HOMEBREW_PREFIX: '/opt' },
      isWhole: false,
    })
    expect(saidBy(findings, 'ENV05')).toEqual(['unknown'])
    expect(saidBy(findings, 'ENV06')).toEqual(['pass'])
  })
})

describe('what is wrong with a database address', () => {
  it.each<[string, string, string, string[]]>([
    ['DB01', 'direct, from a host with IPv4 only', direct(REF, 5432), ['unknown']],
    ['DB02', 'the pooler without the project', pooled('postgres', 5432), ['critical DATABASE_URL']],
    ['DB02', 'the pooler with it', pooled(`postgres.${REF}`, 5432), ['pass']],
    ['DB03', 'another project than the API', pooled(`postgres.${OTHER_REF}`, 5432), ['error DATABASE_URL']],
    ['DB04', 'prepared statements', pooled(`postgres.${REF}`, 6543), ['critical DATABASE_URL']],
    ['DB04', 'a session pooler', pooled(`postgres.${REF}`, 5432), ['pass']],
    ['DB04', 'PgBouncer in some mode', 'postgres://a:b@pool.acme.app:6432/c?sslmode=verify-full', ['unknown']],
    ['DB05', 'LISTEN', pooled(`postgres.${REF}`, 6543), ['error DATABASE_URL']],
    ['DB06', 'a process that stays', pooled(`postgres.${REF}`, 6543), ['warning DATABASE_URL']],
    ['DB07', 'only the port was changed', direct(REF, 6543), ['unknown']],
    ['DB08', 'TLS off', direct(REF, 5432, '?sslmode=disable'), ['error DATABASE_URL']],
    ['DB09', 'no sslmode', direct(REF, 5432, ''), ['warning DATABASE_URL']],
    ['DB09', 'require', direct(REF, 5432, '?sslmode=require'), ['warning DATABASE_URL']],
    ['DB09', 'verify-full', direct(REF, 5432), ['pass']],
    ['DB09', 'in this network', 'postgres://a:b@10.0.0.3/c', ['pass']],
    ['DB10', 'an @ in the password', 'postgres://a:p@ss@db.acme.app/c', ['error DATABASE_URL']],
    ['DB10', 'percent-encoded', 'postgres://a:p%40ss@db.acme.app/c', ['pass']],
  ])('%s, %s', (check, _case, url, expected) => {
    expect(examined(check, { DATABASE_URL: url, SUPABASE_URL: `https://${REF}.supabase.co` })).toEqual(expected)
  })

  it('what cannot be read, or stands elsewhere, passes nothing', () => {
    expect(examined('DB04', { DATABASE_URL: 'postgres://a:p@ss@db.acme.app/c' })).toEqual(['unknown'])
    expect(examined('DB02', { DATABASE_URL: null })).toEqual(['unknown'])
  })

  it('DB01 names the way out: host, port and user of the session pooler', () => {
    const findings = findingsOf(manifest, {
      variables: { ...well, DATABASE_URL: direct(REF, 5432) },
      environment: 'production',
    })
    const remedy = findings.find(({ check }) => check === 'DB01')?.remedy
    expect(remedy).toMatch(
      /DATABASE_URL on the service worker \(production\).*port 5432.*postgres\.abcdefghijklmnopqrst/,
    )
  })
})

describe('what is wrong with callback addresses and keys', () => {
  it.each<[string, string, Record<string, string | null>, string[]]>([
    ['HK01', 'localhost', { CALLBACK_URL: 'http://localhost:8000' }, ['critical CALLBACK_URL']],
    ['HK01', 'a private address', { CALLBACK_URL: 'https://192.168.1.4' }, ['critical CALLBACK_URL']],
    ['HK01', 'a name of this network', { CALLBACK_URL: 'https://api' }, ['critical CALLBACK_URL']],
    ['HK01', 'a tunnel', { CALLBACK_URL: 'https://abc.ngrok-free.app' }, ['critical CALLBACK_URL']],
    ['HK01', 'http', { CALLBACK_URL: 'http://api.acme.app' }, ['critical CALLBACK_URL']],
    ['HK01', 'no address', { CALLBACK_URL: 'api.acme.app' }, ['critical CALLBACK_URL']],
    ['HK01', 'a host of staging, by its name', { CALLBACK_URL: 'https://staging.acme.app' }, ['critical CALLBACK_URL']],
    [
      'HK01',
      'a host of staging, by the manifest',
      { CALLBACK_URL: 'https://hooks.acme.dev' },
      ['critical CALLBACK_URL'],
    ],
    ['HK01', 'public', { CALLBACK_URL: 'https://api.acme.app' }, ['pass']],
    ['KEY02', 'the anon key', { SERVICE_KEY: tokenOf({ role: 'anon', ref: REF }) }, ['critical SERVICE_KEY']],
    ['KEY02', 'the new anon key', { SERVICE_KEY: 'sb_publishable_x' }, ['critical SERVICE_KEY']],
    [
      'KEY02',
      'of another project',
      { SERVICE_KEY: tokenOf({ role: 'service_role', ref: OTHER_REF }), SUPABASE_URL: `https://${REF}.supabase.co` },
      ['critical SERVICE_KEY'],
    ],
    ['KEY02', 'right', { SERVICE_KEY: tokenOf({ role: 'service_role', ref: REF }) }, ['pass']],
    ['KEY02', 'claims that cannot be read', { SERVICE_KEY: 'a.b.c' }, ['unknown']],
    ['KEY03', '16 bytes', { ENCRYPTION_KEY: Buffer.alloc(16).toString('base64') }, ['critical ENCRYPTION_KEY']],
    ['KEY03', 'no key at all', { ENCRYPTION_KEY: 'not a key!' }, ['critical ENCRYPTION_KEY']],
    ['KEY03', '32 bytes in base64', { ENCRYPTION_KEY: Buffer.alloc(32).toString('base64url') }, ['pass']],
    ['KEY03', '32 bytes in hexadecimal', { ENCRYPTION_KEY: Buffer.alloc(32).toString('hex') }, ['pass']],
  ])('%s, %s', (check, _case, variables, expected) => {
    expect(examined(check, variables)).toEqual(expected)
  })

  it('HK01 is only a warning where a developer works', () => {
    expect(examined('HK01', { CALLBACK_URL: 'http://localhost:8000' }, 'development')).toEqual(['warning CALLBACK_URL'])
  })
})

describe('every check', () => {
  it('says something of every service: pass, fail or unknown', () => {
    const findings = findingsOf(manifest, { variables: well, environment: 'production' })
    const groups = [...new Set(findings.map(({ check }) => check))].sort()
    expect(groups).toHaveLength(checkCodes.length)
    expect(findings.filter(({ check, status }) => check.startsWith('NET') && status === 'pass')).toEqual([])
  })
})
