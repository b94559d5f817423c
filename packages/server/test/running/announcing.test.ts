/** Processes announce themselves: what they run with, and what became different. */
import { describe, expect, it } from 'vitest'
import type { Setting } from '../../src/config/settings.ts'
import { allFeatures, createFeatures, type FeatureSettings } from '../../src/core/feature.ts'
import { createProcessFacts } from '../../src/engine/process-facts.ts'
import { announceInstance } from '../../src/moves/registration.ts'
import { listChanges } from '../../src/store/changes.ts'
import { readSettings } from '../../src/store/instance-settings.ts'
import type { NewInstance } from '../../src/store/instances.ts'
import { newId } from '../../src/store/new-id.ts'
import { testDatabase } from '../database.ts'

const SECRET = 'planted-secret-in-a-setting'

const setting = (name: string, value: string | null): Setting => ({ name, variable: null, value, origin: 'default' })

function factsOf(settings: Setting[], features: FeatureSettings = allFeatures.settings) {
  const doctor = { compareKey: null, canary: { enabled: false, everyMs: 1, document: false } }
  return createProcessFacts({ doctor, environment: 'staging', features }, settings, 'test-key')
}

function instance(facts: Partial<NewInstance> = {}): NewInstance {
  return {
    id: newId('instance'),
    roles: ['worker', 'api'],
    release: '1.0.0',
    configuration: 'aaaa',
    tokenKey: 'k1',
    host: 'host',
    pid: 1,
    ...facts,
  }
}

async function setup() {
  const database = await testDatabase()
  const { db } = database
  const all = { kinds: null, subject: null, before: null, limit: 100 }
  return {
    db,
    /** Oldest first. */
    changes: async () => (await listChanges(db, all)).reverse(),
    [Symbol.asyncDispose]: database.drop,
  }
}

describe('a process that announces itself', () => {
  it('leaves keyed fingerprints, and no value in any form', async () => {
    await using bundle = await setup()
    const one = instance()
    const settings = [setting('apiKey', SECRET), setting('worker.slots', '10'), setting('publicUrl', null)]
    await announceInstance(bundle.db, one, factsOf(settings))
    const rows = await readSettings(bundle.db, one.id)
    expect(rows.map(({ name, fingerprint }) => [name, fingerprint === null])).toEqual([
      ['apiKey', false],
      ['publicUrl', true],
      ['worker.slots', false],
    ])
    const { rows: dump } = await bundle.db.query<{ text: string }>(
      `select to_jsonb(s)::text as text from becket.instance_setting s
       union all select to_jsonb(i)::text from becket.instance i union all select to_jsonb(c)::text from becket.change c`,
    )
    const written = dump.map(({ text }) => text).join('\n')
    for (const form of [SECRET, Buffer.from(SECRET).toString('base64'), Buffer.from(SECRET).toString('hex')]) {
      expect(written).not.toContain(form)
    }
  })

  it('has the same fingerprint for a value under one key, and another one under another name or value', () => {
    const [row] = factsOf([setting('a', 'x')]).settings
    expect(factsOf([setting('a', 'x')]).settings[0]?.fingerprint).toBe(row?.fingerprint)
    expect(factsOf([setting('a', 'y')]).settings[0]?.fingerprint).not.toBe(row?.fingerprint)
    expect(factsOf([setting('b', 'x')]).settings[0]?.fingerprint).not.toBe(row?.fingerprint)
  })

  it('tells which database it works on, the same whatever leads there', async () => {
    await using bundle = await setup()
    for (const each of [instance(), instance()]) await announceInstance(bundle.db, each, factsOf([]))
    const { rows } = await bundle.db.query<{ identity: string; node: string }>(
      'select distinct database_identity as identity, node from becket.instance',
    )
    expect(rows).toEqual([{ identity: expect.stringMatching(/^[0-9a-f]{32}$/), node: process.versions.node }])
  })
})

describe('the timeline of changes', () => {
  it('begins with what the first process came with', async () => {
    await using bundle = await setup()
    await announceInstance(bundle.db, instance(), factsOf([]))
    expect(await bundle.changes()).toMatchObject([
      { kind: 'release', subject: 'api,worker', previous: null, present: '1.0.0', by: 'start' },
      { kind: 'configuration', subject: 'api,worker', previous: null, present: 'aaaa' },
      { kind: 'features', subject: 'api,worker', previous: null, present: 'all' },
      { kind: 'schema', subject: 'database', previous: null, present: expect.stringMatching(/^\d+ /) },
    ])
  })

  it('has one event when ten processes roll over to a new release together', async () => {
    await using bundle = await setup()
    await announceInstance(bundle.db, instance(), factsOf([]))
    const before = (await bundle.changes()).length
    const rolled = Array.from({ length: 10 }, () => instance({ release: '1.1.0' }))
    await Promise.all(rolled.map((each) => announceInstance(bundle.db, each, factsOf([]))))
    const fresh = (await bundle.changes()).slice(before)
    expect(fresh).toMatchObject([{ kind: 'release', previous: '1.0.0', present: '1.1.0' }])
  })

  it('names the settings that differ, and what became of the features', async () => {
    await using bundle = await setup()
    const settings = [setting('worker.slots', '10'), setting('publicUrl', 'https://a.example')]
    await announceInstance(bundle.db, instance(), factsOf(settings))
    const before = (await bundle.changes()).length
    const { settings: features } = createFeatures({
      ...allFeatures.settings,
      recovery: { enabled: true, percent: 25 },
    })
    const changed = factsOf([setting('worker.slots', '20'), setting('publicUrl', 'https://a.example')], features)
    await announceInstance(bundle.db, instance({ configuration: 'bbbb' }), changed)
    expect((await bundle.changes()).slice(before)).toMatchObject([
      { kind: 'configuration', previous: 'aaaa', present: 'bbbb', detail: { settings: ['worker.slots'] } },
      { kind: 'features', previous: 'all', present: 'recovery 25 %' },
    ])
  })

  it('keeps processes with other roles apart: each compares itself with its like', async () => {
    await using bundle = await setup()
    const api = { roles: ['api'], configuration: 'of the api' }
    const worker = { roles: ['worker'], configuration: 'of the worker' }
    for (const each of [api, worker, api, worker]) await announceInstance(bundle.db, instance(each), factsOf([]))
    const configurations = (await bundle.changes()).filter(({ kind }) => kind === 'configuration')
    expect(configurations.map(({ subject }) => subject)).toEqual(['api', 'worker'])
  })

  it('says nothing twice when a process announces itself again', async () => {
    await using bundle = await setup()
    const one = instance()
    await announceInstance(bundle.db, one, factsOf([setting('a', 'x')]))
    const before = await bundle.changes()
    await announceInstance(bundle.db, one, factsOf([setting('a', 'x')]))
    expect(await bundle.changes()).toEqual(before)
  })
})
