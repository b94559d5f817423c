import { describe, expect, it } from 'vitest'
import { namesOf } from '../../src/config/environment.ts'
import { optionEntries } from '../../src/config/option.ts'
import { configSchema } from '../../src/config/schema.ts'
import { serviceOf } from '../../src/core/doctor/manifest.ts'
import { ownManifest } from '../../src/doctor/own-manifest.ts'
import { ownSituation } from '../../src/doctor/own-situation.ts'
import { findingsOf, saidBy } from './looking.ts'

const nameless = { variables: {} }

describe("Becket's own manifest", () => {
  it('knows every variable that the configuration knows', () => {
    const becket = serviceOf(ownManifest(), 'becket')
    const known = becket?.variables.flatMap(({ name, aliases }) => [name, ...aliases])
    const names = optionEntries(configSchema).flatMap(namesOf)
    expect(names.filter((name) => !known?.includes(name))).toEqual([])
  })

  it('demands of each part only what that part reads', () => {
    const namesIn = (service: string) => serviceOf(ownManifest(), service)?.variables.map(({ name }) => name) ?? []
    expect(namesIn('worker')).toContain('BECKET_WORKER_SLOTS')
    expect(namesIn('api')).not.toContain('BECKET_WORKER_SLOTS')
    expect(namesIn('intake')).toContain('BECKET_INTAKE_MAX_BODY_BYTES')
    expect(namesIn('worker')).not.toContain('BECKET_INTAKE_MAX_BODY_BYTES')
    expect(namesIn('api')).toContain('BECKET_DOCUMENTS_ENCRYPTION_KEY')
  })

  it('is content with nothing at all in one process, and not where processes must share a database', () => {
    expect(saidBy(findingsOf(ownManifest(), { service: 'becket', ...nameless }), 'ENV01')).toEqual(['pass'])
    expect(saidBy(findingsOf(ownManifest(), { service: 'worker', ...nameless }), 'ENV01')).toEqual([
      'critical BECKET_DATABASE_URL',
    ])
  })

  it('demands a public address in production, unless the file has it', () => {
    const text = 'environment: production\npublicUrl: https://hooks.acme.app\n'
    const without = ownManifest(ownSituation(null, 'production'))
    const withFile = ownManifest(ownSituation({ name: 'becket.yaml', text }, null))
    expect(saidBy(findingsOf(without, nameless), 'ENV01')).toEqual(['critical BECKET_PUBLIC_URL'])
    expect(saidBy(findingsOf(withFile, nameless), 'ENV01')).toEqual(['pass'])
  })

  it('demands what the file puts in, and says on which line', () => {
    const text = `sources:\n  orders:\n    provider: http\n    apiKey: \${ORDERS_API_KEY}\n# \${UNUSED}\n`
    const manifest = ownManifest(ownSituation({ name: 'becket.yaml', text }, null))
    expect(saidBy(findingsOf(manifest, nameless), 'ENV01')).toEqual(['critical ORDERS_API_KEY'])
    const rule = serviceOf(manifest, 'becket')?.variables.find(({ name }) => name === 'ORDERS_API_KEY')
    expect(rule).toMatchObject({ usedBy: 'becket.yaml:4', secret: true })
  })

  it('accepts what the server accepts, and refuses what it refuses', () => {
    const variables = {
      LOG_LEVEL: 'WARNING',
      WORKER_POLL_INTERVAL: '5',
      BECKET_ROLES: 'api,worker',
      BECKET_WORKER_SLOTS: 'ten',
      DOCUMENT_ENCRYPTION_KEY: Buffer.alloc(32, 3).toString('hex'),
    }
    const findings = findingsOf(ownManifest(), { variables })
    expect(saidBy(findings, 'ENV03')).toEqual(['error BECKET_WORKER_SLOTS'])
    expect(saidBy(findings, 'KEY03')).toEqual(['pass'])
  })

  it('says of the names of the first users why they are not needed', () => {
    const findings = findingsOf(ownManifest(), { variables: { REDIS_URL: 'redis://cache' } })
    expect(findings.find(({ check }) => check === 'ENV05')?.evidence).toContain(
      'queues and timers are rows in PostgreSQL',
    )
  })
})
