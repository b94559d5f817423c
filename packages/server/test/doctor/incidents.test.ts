/** Incidents that happened, each as the environment that caused it, and the check that would have told beforehand. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Manifest } from '../../src/core/doctor/manifest.ts'
import { findingsOf, type Given, manifestOf, OTHER_REF, POOLER, REF, saidBy, tokenOf } from './looking.ts'

let manifest: Manifest

beforeAll(async () => {
  const path = fileURLToPath(new URL('../../../../examples/manifests/first-users.yaml', import.meta.url))
  manifest = manifestOf(await readFile(path, 'utf8'))
})

const worker = (variables: Given['variables'], environment = 'production'): Given => ({
  service: 'worker',
  environment,
  variables,
})
const api = (variables: Given['variables'], environment = 'production'): Given => ({
  ...worker(variables, environment),
  service: 'api',
})
const llama = (rest: string) => ['llx', rest].join('-')

describe('the doctor would have told', () => {
  it.each<[string, string, string, Given[]]>([
    [
      'A-009, the parser rejects the key: one has its shape, the other wins',
      'ENV06',
      'error LLAMA_CLOUD_API_KEY',
      [worker({ LLAMAPARSE_API_KEY: llama('one'), LLAMA_CLOUD_API_KEY: llama('two') })],
    ],
    [
      'A-009, a dummy key of another shape',
      'ENV03',
      'error LLAMAPARSE_API_KEY',
      [worker({ LLAMAPARSE_API_KEY: 'some-local-key' })],
    ],
    [
      'A-012, storage answers 400: the anon key stands where the service role key belongs',
      'KEY02',
      'critical SUPABASE_SERVICE_ROLE_KEY',
      [worker({ SUPABASE_SERVICE_ROLE_KEY: tokenOf({ role: 'anon', ref: REF }) })],
    ],
    [
      'A-017, the services sign with two secrets',
      'ENV08',
      'error DOCUMENT_ENCRYPTION_KEY',
      [
        api({ DOCUMENT_ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64') }),
        worker({ DOCUMENT_ENCRYPTION_KEY: Buffer.alloc(32, 2).toString('base64') }),
      ],
    ],
    [
      'A-029, staging is loaded with the environment of development',
      'ENV10',
      'critical ENVIRONMENT',
      [api({ ENVIRONMENT: 'development' }, 'staging')],
    ],
    [
      'A-030, staging does not start: the encryption key is missing',
      'ENV01',
      'critical DOCUMENT_ENCRYPTION_KEY',
      [worker({}, 'staging')],
    ],
    [
      'A-033, the address and the key are of two projects',
      'KEY02',
      'critical SUPABASE_ANON_KEY',
      [
        api({
          SUPABASE_URL: `https://${REF}.supabase.co`,
          SUPABASE_ANON_KEY: tokenOf({ role: 'anon', ref: OTHER_REF }),
        }),
      ],
    ],
    [
      'B-008, callbacks go to this machine',
      'HK01',
      'critical WEBHOOK_BASE_URL',
      [worker({ WEBHOOK_BASE_URL: 'http://localhost:8000' })],
    ],
    [
      'B-012, production says that it is development',
      'ENV10',
      'critical ENVIRONMENT',
      [worker({ ENVIRONMENT: 'development' })],
    ],
    [
      'B-013, the API talks to a database on its own machine',
      'ENV10',
      'critical DATABASE_URL',
      [api({ DATABASE_URL: 'postgresql://postgres:pw@127.0.0.1:54322/postgres' })],
    ],
    ['B-014, a mock hides the outage', 'ENV11', 'critical SERVICE_MODE', [worker({ SERVICE_MODE: 'hybrid' })]],
    [
      'C-008, the API and the worker have two databases',
      'ENV08',
      'error DATABASE_URL',
      [
        api({ DATABASE_URL: `postgresql://postgres.${REF}:pw@${POOLER}:5432/postgres` }),
        worker({ DATABASE_URL: `postgresql://postgres.${OTHER_REF}:pw@${POOLER}:5432/postgres` }),
      ],
    ],
    ['the port of production is wrong for its platform', 'ENV03', 'error PORT', [api({ PORT: 'auto' })]],
    [
      'callbacks depend on a tunnel that somebody must start',
      'HK01',
      'critical WEBHOOK_BASE_URL',
      [worker({ WEBHOOK_BASE_URL: 'https://abc.ngrok-free.app' })],
    ],
    [
      'the 13th defect: a name that nobody reads is set with good faith',
      'ENV05',
      'info LLAMAPARSE_API_URL',
      [worker({ LLAMAPARSE_API_URL: 'https://api.cloud.llamaindex.ai' })],
    ],
    [
      'the proven fix of another incident: a setting that the driver does not know',
      'ENV05',
      'info ASYNCPG_DISABLE_PREPARED_STATEMENTS',
      [worker({ ASYNCPG_DISABLE_PREPARED_STATEMENTS: '1' })],
    ],
  ])('%s', (_incident, check, said, given) => {
    expect(saidBy(findingsOf(manifest, ...given), check)).toContain(said)
  })

  it('A-011 and A-030, the worker cannot reach its database: in doubt by its text, to be decided by the network', () => {
    const findings = findingsOf(
      manifest,
      worker({ DATABASE_URL: `postgresql://postgres:pw@db.${REF}.supabase.co:5432/postgres` }),
    )
    const reach = findings.find(({ check }) => check === 'DB01')
    expect(reach).toMatchObject({ status: 'unknown', severity: 'critical', subject: 'DATABASE_URL' })
    expect(reach?.isUnasked).toBeUndefined()
  })

  it('B-010, statements meet again in a transaction pooler, where the driver prepares them', () => {
    const prepared = {
      ...manifest,
      services: manifest.services.map((service) => ({
        ...service,
        database: { ...service.database, preparedStatements: true },
      })),
    }
    const url = `postgresql://postgres.${REF}:pw@${POOLER}:6543/postgres`
    expect(saidBy(findingsOf(prepared, worker({ DATABASE_URL: url })), 'DB04')).toEqual(['critical DATABASE_URL'])
    expect(saidBy(findingsOf(manifest, worker({ DATABASE_URL: url })), 'DB04')).toEqual(['pass'])
  })
})
