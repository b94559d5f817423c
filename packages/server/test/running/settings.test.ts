/** What a server tells over its API of what it runs with, and how that is laid beside another environment. */
import { createBecket } from '@becket/client'
import { describe, expect, it } from 'vitest'
import { compareEnvironments } from '../../src/core/doctor/compare.ts'
import { markVariables } from '../../src/core/doctor/fingerprint.ts'
import { serviceOf } from '../../src/core/doctor/manifest.ts'
import { readRunning } from '../../src/doctor/environments/running.ts'
import { ownManifest } from '../../src/doctor/own-manifest.ts'
import { keyIdOf, settingsKeyOf } from '../../src/engine/process-facts.ts'
import { type Bundle, setup } from '../document/setup.ts'

const COMPARE_KEY = 'test-key-for-comparing'

async function settingsOf({ becket }: Pick<Bundle, 'becket'>) {
  const [instance] = (await becket.health()).instances
  return becket.instances.settings(instance?.id ?? '')
}

describe('the settings of a process', () => {
  it('have names, fingerprints and origins, and no value of a secret in any form', async () => {
    await using bundle = await setup()
    const told = await settingsOf(bundle)
    const byName = new Map(told.settings.map((setting) => [setting.name, setting]))
    expect(byName.get('database.url')).toMatchObject({
      variable: 'BECKET_DATABASE_URL',
      fingerprint: expect.stringMatching(/^[0-9a-f]{32}$/),
      identity: expect.stringMatching(/^[0-9a-f]{32}$/),
      origin: expect.stringContaining('becket.yaml:'),
    })
    expect(byName.get('intake.maxHeaderBytes')).toMatchObject({ origin: 'default' })
    expect(byName.get('publicUrl')).toMatchObject({ fingerprint: null })
    expect(byName.get('sources.llamaparse.apiKey')?.fingerprint).toMatch(/^[0-9a-f]{32}$/)
    const { rows } = await bundle.db.query<{ text: string }>(
      'select to_jsonb(s)::text as text from becket.instance_setting s',
    )
    const all = [JSON.stringify(told), ...rows.map(({ text }) => text)].join('\n')
    for (const secret of bundle.secrets) {
      const bytes = Buffer.from(secret)
      for (const form of [secret, bytes.toString('base64'), bytes.toString('hex'), encodeURIComponent(secret)]) {
        expect(all).not.toContain(form)
      }
    }
  })

  it('are not shown to who may only look', async () => {
    await using bundle = await setup()
    const { secret } = await bundle.becket.keys.create({ name: 'looker', role: 'viewer' })
    const viewer = { becket: createBecket({ url: bundle.url, apiKey: secret }) }
    await expect(settingsOf(viewer)).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  it('of two processes that differ are found, by name', async () => {
    await using bundle = await setup()
    await bundle.another({ roles: ['worker'], recovery: { enabled: false } })
    const run = await bundle.becket.findings.run()
    await expect.poll(async () => (await bundle.becket.findings.getRun(run.id)).state, { timeout: 15_000 }).toBe('done')
    const [found] = (await bundle.becket.findings.list({ check: 'RUN07' })).items
    expect(found?.evidence).toContain('recovery.enabled')
    expect(found?.evidence).not.toContain('roles')
  })
})

describe('a running environment', () => {
  it('is laid beside a file under one key: what is equal, what differs, what is missing', async () => {
    await using bundle = await setup({ more: { doctor: { compareKey: COMPARE_KEY }, logLevel: 'debug' } })
    const key = settingsKeyOf(COMPARE_KEY)
    const { environment: running, incomparable } = readRunning('production', [await settingsOf(bundle)], keyIdOf(key))
    expect(incomparable).toBeNull()
    const manifest = ownManifest()
    const service = serviceOf(manifest, 'becket')
    if (service === undefined) throw new Error('Becket has no manifest of its own')
    const written = { BECKET_LOG_LEVEL: 'debug', BECKET_WORKER_SLOTS: '3', BECKET_PUBLIC_URL: 'https://a.example' }
    const settings = new Map(
      Object.entries(written).map(([name, value]) => [name, { kind: 'set' as const, value, origin: 'staging.env' }]),
    )
    const look = {
      manifest,
      service,
      environment: { service: 'becket', environment: 'staging', settings, isWhole: true },
    }
    const staging = {
      environment: 'staging',
      services: [{ service: 'becket', marks: markVariables(look, key), strangers: [] }],
    }
    const { rows } = compareEnvironments(manifest, [staging, running])
    const verdictOf = (name: string) => rows.find(({ variable }) => variable === name)?.verdict
    expect(verdictOf('BECKET_LOG_LEVEL')).toBe('same')
    expect(verdictOf('BECKET_WORKER_SLOTS')).toBe('different')
    expect(verdictOf('BECKET_PUBLIC_URL')).toBe('missing')
    expect(verdictOf('BECKET_DATABASE_URL')).toBe('extra')
  })

  it('whose fingerprints have another key is not compared: what is set is unknown', async () => {
    await using bundle = await setup()
    const told = await settingsOf(bundle)
    const { environment, incomparable } = readRunning('production', [told], keyIdOf(settingsKeyOf(COMPARE_KEY)))
    expect(incomparable).toContain('doctor.compareKey')
    const marks = environment.services[0]?.marks
    expect(marks?.get('BECKET_DATABASE_URL')).toEqual({ kind: 'unknown', isSet: true })
    expect(marks?.get('BECKET_PUBLIC_URL')).toEqual({ kind: 'absent' })
  })
})

describe('the features of a job', () => {
  it('are told over the API: how each is set, and whether this job has it', async () => {
    const more = { features: { recovery: { percent: 50 }, artifacts: { enabled: false } } }
    await using bundle = await setup({ more })
    const { id } = await bundle.becket.expect({ source: 'llamaparse', operation: 'parse', key: 'k' })
    const all = await bundle.becket.features.list({ for: id })
    const byName = new Map(all.map((feature) => [feature.name, feature]))
    expect(byName.get('recovery')).toMatchObject({ enabled: true, percent: 50, has: expect.any(Boolean) })
    expect(byName.get('artifacts')).toMatchObject({ enabled: false, has: false })
    expect(byName.get('delivery')).toMatchObject({ enabled: true, percent: 100, has: true })
    expect((await bundle.becket.features.list())[0]).toMatchObject({ has: null })
    const missing = { for: 'exp_01h455vb4pex5vsknk084sn02q' }
    await expect(bundle.becket.features.list(missing)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('what somebody decides by hand', () => {
  it('is a change: a breaker that is held open, a key that is made and revoked', async () => {
    await using bundle = await setup()
    const { becket } = bundle
    await becket.breakers.override('source:llamaparse', { state: 'open', reason: 'their maintenance' })
    const { id } = await becket.keys.create({ name: 'robot', role: 'app' })
    await becket.keys.revoke(id)
    const { items } = await becket.changes.list({ kind: ['override'] })
    expect(items).toMatchObject([
      { subject: 'key robot', previous: 'app', present: 'revoked', detail: { keyId: id } },
      { subject: 'key robot', previous: null, present: 'app' },
      {
        subject: 'breaker source:llamaparse',
        previous: 'closed',
        present: 'open',
        detail: { reason: 'their maintenance' },
      },
    ])
  })
})
