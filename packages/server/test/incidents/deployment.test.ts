/** Incidents of deployments that did not happen, or ended at once: what a running system says of its processes. */
import { describe, expect, test } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { agreementTrial, rolesTrial, schemaTrial } from '../../src/services/trials.ts'
import { insertSettings } from '../../src/store/instance-settings.ts'
import { registerInstance } from '../../src/store/instances.ts'
import { testDatabase } from '../database.ts'

const { signal } = new AbortController()

interface Process {
  id: string
  roles: readonly string[]
  release?: string
  settings?: Record<string, string>
}

async function running(db: Db, ...processes: Process[]) {
  for (const [index, { id, roles, release = '1.4.0', settings = {} }] of processes.entries()) {
    const configuration = JSON.stringify(settings)
    await registerInstance(db, {
      id,
      roles,
      release,
      configuration,
      tokenKey: 'k1',
      host: `host-${index}`,
      pid: index + 1,
    })
    const rows = Object.entries(settings).map(([name, fingerprint]) => ({
      name,
      fingerprint,
      variable: null,
      identity: null,
      origin: 'env',
    }))
    await insertSettings(db, id, rows)
  }
  const trials = [rolesTrial(db), agreementTrial(db), schemaTrial(db)]
  return (await Promise.all(trials.map((trial) => trial.attempt({ document: false }, signal)))).flat()
}

const all = ['intake', 'api', 'worker']

describe('a deployment', () => {
  test('A-016: of which one process still runs the old release is told by both releases', async () => {
    await using database = await testDatabase()
    const found = await running(
      database.db,
      { id: 'ins_api', roles: ['intake', 'api'], release: '1.5.0' },
      { id: 'ins_worker', roles: ['worker'], release: '1.4.0' },
    )
    expect(found).toContainEqual(
      expect.objectContaining({ check: 'RUN02', status: 'fail', evidence: 'Live processes run 1.4.0 and 1.5.0.' }),
    )
  })

  test('B-009: whose change reached one process only is told by the option that differs', async () => {
    await using database = await testDatabase()
    const found = await running(
      database.db,
      { id: 'ins_api', roles: ['intake', 'api'], settings: { publicUrl: 'fingerprint one' } },
      { id: 'ins_worker', roles: ['worker'], settings: { publicUrl: 'fingerprint two' } },
    )
    const disagreement = found.find(({ check }) => check === 'RUN07')
    expect(disagreement).toMatchObject({ status: 'fail', evidence: expect.stringMatching(/differ in publicUrl\.$/) })
    expect(disagreement?.evidence).not.toContain('fingerprint')
  })

  test.each([
    ['B-001: after which no API has come up, since its image lacks a part, is told', 'api', ['intake', 'worker']],
    ['B-002: after which no worker has come up, though the API answers, is told', 'worker', ['intake', 'api']],
    ['A-030p: after which the worker died and the API lives is told as that', 'worker', ['intake', 'api']],
  ])('%s', async (_name, missing, roles) => {
    await using database = await testDatabase()
    const found = await running(database.db, { id: 'ins_one', roles })
    expect(found.filter(({ check, status }) => check === 'RUN01' && status === 'fail')).toMatchObject([
      { subject: missing, remedy: expect.stringContaining(`becket serve --roles ${missing}`) },
    ])
  })

  test('C-008: of processes that share no database is told from a process that does not run', async () => {
    await using api = await testDatabase()
    await using other = await testDatabase()
    await running(other.db, { id: 'ins_worker', roles: ['worker'] })
    const found = await running(api.db, { id: 'ins_api', roles: ['intake', 'api'] })
    expect(found.find(({ subject }) => subject === 'worker')).toMatchObject({
      check: 'RUN01',
      evidence: expect.stringContaining('or it works on another one'),
      remedy: expect.stringContaining('compare its DATABASE_URL with the one here'),
    })
  })

  test('that is whole leaves nothing to say', async () => {
    await using database = await testDatabase()
    const found = await running(database.db, { id: 'ins_one', roles: all }, { id: 'ins_two', roles: all })
    expect(found.filter(({ status }) => status !== 'pass')).toEqual([])
  })
})
