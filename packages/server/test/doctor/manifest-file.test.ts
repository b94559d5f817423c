import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readManifest } from '../../src/doctor/manifest-file.ts'
import { manifestOf } from './looking.ts'

function problemsOf(text: string): string[] {
  const reading = readManifest(text, 'manifest.yaml')
  return reading.kind === 'refused' ? reading.problems : []
}

const service = (rule: string) => `services:\n  worker:\n    variables:\n      A: ${rule}\n`

describe('a manifest', () => {
  it('takes a name alone for a variable that must be there', () => {
    const [worker] = manifestOf(service('')).services
    expect(worker?.variables).toMatchObject([{ name: 'A', need: 'hard', format: { kind: 'text' }, mustDiffer: false }])
  })

  it('demands nothing that has a default, and of secrets that they differ', () => {
    const [worker] = manifestOf(service('{ default: 5, secret: true }')).services
    expect(worker?.variables).toMatchObject([{ need: 'optional', default: '5', mustDiffer: true }])
  })

  it('keeps the order of its variables', () => {
    const text = 'services:\n  worker:\n    variables:\n      Z: {}\n      A: {}\n      M: {}\n'
    expect(manifestOf(text).services[0]?.variables.map(({ name }) => name)).toEqual(['Z', 'A', 'M'])
  })

  it.each<[string, string, string]>([
    [
      'an unknown key',
      service('{ secrte: true }'),
      'manifest.yaml:4: services.worker.variables.A.secrte: is not known, did you mean `secret`?',
    ],
    [
      'an unknown need',
      service('{ need: maybe }'),
      'manifest.yaml:4: services.worker.variables.A.need: expected hard, soft or optional',
    ],
    [
      'no services',
      'environments: {}\n',
      'manifest.yaml:1: services: expected a map from names of services to what they read',
    ],
    ['an unknown top', 'servces: {}\n', 'manifest.yaml:1: servces: is not known, did you mean `services`?'],
    [
      'an unknown outbound',
      'services:\n  a:\n    variables: {}\n    outbound: ipv5\n',
      'manifest.yaml:4: services.a.outbound: expected any or ipv4',
    ],
    ['broken YAML', 'services: {\n', 'manifest.yaml:2: not valid YAML'],
  ])('tells of %s', (_case, text, problem) => {
    expect(problemsOf(text).join('\n')).toContain(problem)
  })

  it('tells which formats there are', () => {
    expect(problemsOf(service('{ format: urll }'))).toEqual([
      expect.stringMatching(
        /^manifest\.yaml:4: services\.worker\.variables\.A\.format: expected one of text, flag, url,/,
      ),
    ])
  })

  it('in the guide is one, and the guide names every key of a variable', async () => {
    const guide = await readFile(fileURLToPath(new URL('../../../../docs/guides/doctor.md', import.meta.url)), 'utf8')
    const [, yaml = ''] = /^```yaml\n(.*?)^```/ms.exec(guide) ?? []
    const [rule] = manifestOf(yaml).services[0]?.variables ?? []
    expect(Object.keys(rule ?? {}).filter((key) => key !== 'name' && !guide.includes(`\`${key}\``))).toEqual([])
  })

  it('of the first users is one, and names every variable of their checklist', async () => {
    const path = fileURLToPath(new URL('../../../../examples/manifests/first-users.yaml', import.meta.url))
    const { services } = manifestOf(await readFile(path, 'utf8'))
    const names = new Set(
      services.flatMap(({ variables, unread }) => [...variables.map(({ name }) => name), ...Object.keys(unread)]),
    )
    const checklist =
      'ENABLE_JOB_POLLING POLLING_INTERVAL_MINUTES WEBHOOK_TIMEOUT_MINUTES MAX_POLLING_AGE_HOURS ENABLE_WEBHOOK_MONITORING ALERT_EMAIL WEBHOOK_BASE_URL ENVIRONMENT LOG_LEVEL DATABASE_URL DATABASE_SCHEMA SUPABASE_URL SUPABASE_SERVICE_ROLE_KEY SUPABASE_ANON_KEY OPENAI_API_KEY OPENAI_API_URL OPENAI_MODEL LLAMAPARSE_API_KEY LLAMAPARSE_BASE_URL DOCUMENT_ENCRYPTION_KEY WORKER_POLL_INTERVAL WORKER_MAX_RETRIES WORKER_MAX_JOBS SERVICE_MODE USE_MOCK_STORAGE REDIS_URL ASYNCPG_DISABLE_PREPARED_STATEMENTS PYTHONUNBUFFERED PYTHONDONTWRITEBYTECODE ANTHROPIC_API_KEY JWT_SECRET_KEY SECURITY_BYPASS_ENABLED API_BASE_URL'
    expect(checklist.split(' ').filter((name) => !names.has(name))).toEqual([])
    expect(services.map(({ name }) => name)).toEqual(['api', 'worker'])
  })
})
