import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../src/observe/metrics.ts'
import { retentionView } from '../../src/services/retention-view.ts'
import { recordDuty } from '../../src/store/duties.ts'
import { readRetention } from '../../src/store/retention-standing.ts'
import { setup } from './setup.ts'

describe('how forgetting goes', () => {
  it('is unknown before the first round', async () => {
    await using past = await setup()
    expect(retentionView(await readRetention(past.db))).toMatchObject({
      lastRoundAt: null,
      succeeded: null,
      removed: {},
    })
    const metrics = createMetrics({ readLanes: async () => [], readRetention: () => readRetention(past.db) })
    expect(await metrics.page.metrics()).not.toMatch(/^becket_retention/m)
  })

  it('is shown with what the last round left and all that was ever removed, and measured', async () => {
    await using past = await setup()
    await past.addDay('callback', 40)
    await past.addJob({ madeDaysAgo: 100, endedDaysAgo: 99 })
    await past.pruner().prune(past.nowMs)
    await past.addJob({ madeDaysAgo: 99, endedDaysAgo: 98 })
    const report = await past.pruner().prune(past.nowMs)
    await recordDuty(past.db, 'retention', { succeeded: true, tookMs: 1, detail: { ...report } })
    expect(retentionView(await readRetention(past.db))).toMatchObject({
      succeeded: true,
      error: null,
      removed: { 'jobs.emptied': 2, 'callback.days': 1 },
      oldest: { callback: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) },
    })
    const metrics = createMetrics({ readLanes: async () => [], readRetention: () => readRetention(past.db) })
    const page = await metrics.page.metrics()
    expect(page).toContain('becket_retention_removed{what="jobs.emptied"} 2')
    expect(page).toContain('becket_retention_success 1')
    expect(page).toMatch(/^becket_retention_timestamp_seconds [1-9]/m)
  })

  it('says why a round failed', () => {
    const standing = { endedAt: new Date(0), succeeded: false, detail: { error: 'the disk is full' }, removed: {} }
    expect(retentionView(standing)).toMatchObject({ succeeded: false, error: 'the disk is full', isBehind: false })
  })
})
