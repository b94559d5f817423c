/** A running server examines itself: what it tries, what it finds, and what becomes of what it found. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DoctorRun, FindingStatus } from '@becket/client'
import { describe, expect, it } from 'vitest'
import { type Bundle, setup } from '../document/setup.ts'
import { until } from '../serve/setup.ts'

async function examine({ becket }: Pick<Bundle, 'becket'>, request = {}): Promise<DoctorRun> {
  let run = await becket.findings.run(request)
  await until(async () => {
    run = await becket.findings.getRun(run.id)
    return run.state !== 'running'
  })
  return run
}

const statuses = ({ steps }: DoctorRun) => Object.fromEntries(steps.map(({ name, status }) => [name, status]))

describe('an examination of a system that is well', () => {
  it('passes every step, the callback by way of intake and worker, and leaves nothing open', async () => {
    await using bundle = await setup()
    const run = await examine(bundle, { document: true })
    expect(statuses(run)).toEqual({
      roles: 'pass',
      settings: 'pass',
      schema: 'pass',
      storage: 'pass',
      keys: 'pass',
      callback: 'pass',
      document: 'pass',
    })
    expect(run).toMatchObject({ state: 'done', failed: 0, error: null })
    expect((await bundle.becket.findings.list()).items).toEqual([])
    expect(await open(bundle)).toEqual([])
    // The canary's documents go to nobody.
    expect((await bundle.db.query('select 1 from becket.outbox')).count).toBe(0)
  })

  it('does not spend money on a document unless it is told to', async () => {
    await using bundle = await setup()
    const run = await examine(bundle)
    expect(statuses(run)).toMatchObject({ callback: 'pass', document: 'unknown' })
    expect((await bundle.becket.documents.list()).items).toEqual([])
    expect((await bundle.becket.findings.list({ check: 'RUN06' })).items).toEqual([])
  })

  it('lets nobody else register with the source of the self-test', async () => {
    await using bundle = await setup()
    const request = { source: 'becket.self-test', operation: 'echo', key: 'k' }
    await expect(bundle.becket.expect(request)).rejects.toMatchObject({ code: 'SOURCE_UNKNOWN' })
    expect((await bundle.becket.sources.list()).map(({ id }) => id)).not.toContain('becket.self-test')
  })
})

describe('a finding', () => {
  it('of a missing worker is opened once, seen again, and resolved with the change that came before', async () => {
    await using bundle = await setup({ roles: ['intake', 'api'] })
    await examine(bundle)
    await examine(bundle)
    const [found] = (await bundle.becket.findings.list({ check: 'RUN01' })).items
    expect(found).toMatchObject({
      subject: 'worker',
      status: 'fail',
      severity: 'error',
      times: 2,
      resolvedAt: null,
      title: 'Nobody does the work of a role',
    })
    expect((await bundle.becket.findings.list({ check: 'RUN05' })).items).toMatchObject([{ status: 'fail' }])
    await bundle.another({ roles: ['worker'] })
    await examine(bundle)
    const resolved = await bundle.becket.findings.get(found?.id ?? '')
    expect(resolved).toMatchObject({ status: 'resolved', resolvedAfter: { kind: 'features', subject: 'worker' } })
    const list = await bundle.becket.findings.list({ status: ['fail', 'unknown'], check: 'RUN01' })
    expect(list.items).toEqual([])
  })

  it('of a storage that takes nothing is kept to its end, and comes back as another one', async () => {
    await using bundle = await setup()
    const place = join(bundle.dataDir, 'objects')
    await becomeFile(place)
    await examine(bundle)
    const open = { check: 'STO01', status: ['fail', 'unknown'] satisfies FindingStatus[] }
    const [found] = (await bundle.becket.findings.list(open)).items
    expect(found).toMatchObject({ subject: 'storage', service: 'intake,api,worker', status: 'fail' })
    await becomeDirectory(place)
    await examine(bundle)
    expect((await bundle.becket.findings.list(open)).items).toEqual([])
    await becomeFile(place)
    await examine(bundle)
    const all = await bundle.becket.findings.list({ check: 'STO01' })
    expect(all.items.map(({ status }) => status)).toEqual(['fail', 'resolved'])
  })
})

/** Nothing can be stored below a file, whoever tries. */
async function becomeFile(place: string): Promise<void> {
  await rm(place, { recursive: true, force: true })
  await writeFile(place, '')
}

async function becomeDirectory(place: string): Promise<void> {
  await rm(place)
  await mkdir(place)
}

async function open({ db }: Bundle) {
  const { rows } = await db.query(
    `select id from becket.expectation where state in ('registered', 'submitting', 'waiting', 'unconfirmed')`,
  )
  return rows
}
