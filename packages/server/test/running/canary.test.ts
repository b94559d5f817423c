/** The scheduled examination: one process at a time, and kept for the metrics. */
import { describe, expect, it } from 'vitest'
import { CANARY, createCanary, type Examined } from '../../src/engine/canary.ts'
import { silentLog } from '../../src/observe/log.ts'
import { createMetrics } from '../../src/observe/metrics.ts'
import { readDuty } from '../../src/store/duties.ts'
import { testDatabase } from '../database.ts'
import { until } from '../serve/setup.ts'

const well: Examined = { found: [{ check: 'STO01', status: 'pass', severity: 'critical' }] }
const broken: Examined = { found: [{ check: 'RUN05', status: 'fail', severity: 'critical' }] }
const doubtful: Examined = { found: [{ check: 'RUN05', status: 'unknown', severity: 'critical' }] }
const merely: Examined = {
  found: [
    { check: 'RUN02', status: 'fail', severity: 'warning' },
    { check: 'KEY01', status: 'unknown', severity: 'error' },
    { check: 'RUN06', status: 'unknown', severity: 'error', isUnasked: true },
  ],
}

async function setup(examine: () => Promise<Examined>, processes = 1) {
  const database = await testDatabase()
  const { db } = database
  const canaries = Array.from({ length: processes }, () =>
    createCanary({ db, everyMs: 3_600_000, firstAfterMs: 0, examine, log: silentLog }),
  )
  for (const canary of canaries) await canary.start()
  return {
    db,
    canaries,
    sung: () => until(async () => (await readDuty(db, CANARY)) !== null),
    duty: () => readDuty(db, CANARY),
    async [Symbol.asyncDispose]() {
      for (const canary of canaries) await canary.stop()
      await database.drop()
    },
  }
}

describe('the canary', () => {
  it('sings in one of several processes, once in its time', async () => {
    let songs = 0
    await using bundle = await setup(async () => {
      songs++
      return well
    }, 3)
    await bundle.sung()
    await until(() => bundle.canaries.every((canary) => canary.health().lastRoundMs !== null))
    expect(songs).toBe(1)
  })

  it.each([
    ['all is well', well, true],
    ['something is wrong', broken, false],
    ['something could not be proven', doubtful, false],
    ['there are only warnings, keys without proof and what nobody asked', merely, true],
  ])('where %s, says so', async (_what, examined, succeeded) => {
    await using bundle = await setup(async () => examined)
    await bundle.sung()
    expect(await bundle.duty()).toMatchObject({ succeeded })
  })

  it('counts an examination that broke as a failure, and goes on', async () => {
    await using bundle = await setup(() => Promise.reject(new Error('the database was away')))
    await bundle.sung()
    expect(await bundle.duty()).toMatchObject({ succeeded: false })
  })
})

describe('its metrics', () => {
  const page = (readCanary?: () => Promise<{ succeeded: boolean; tookMs: number; endedAt: Date } | null>) =>
    createMetrics({ readLanes: async () => [], readCanary }).page.metrics()

  it('are absent until it sang: nothing is known, and that is not 0', async () => {
    expect(await page()).not.toMatch(/^becket_canary_\w+ /m)
  })

  it('say how it went, how long it took, and when', async () => {
    const text = await page(async () => ({ succeeded: true, tookMs: 1_500, endedAt: new Date(60_000) }))
    expect(text).toMatch(/^becket_canary_success 1$/m)
    expect(text).toMatch(/^becket_canary_seconds 1.5$/m)
    expect(text).toMatch(/^becket_canary_timestamp_seconds 60$/m)
  })

  it('are absent while the database is away', async () => {
    expect(await page(() => Promise.reject(new Error('away')))).not.toMatch(/^becket_canary_\w+ /m)
  })
})
