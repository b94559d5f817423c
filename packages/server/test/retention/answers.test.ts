import { describe, expect, it } from 'vitest'
import { silentLog } from '../../src/observe/log.ts'
import { createCallbackService } from '../../src/services/callbacks.ts'
import { createEndings } from '../../src/services/endings.ts'
import { createExpectationService } from '../../src/services/expectations.ts'
import { createJobService } from '../../src/services/jobs.ts'
import type { Principal } from '../../src/services/principal.ts'
import { noRoom } from '../../src/store/handover.ts'
import { idAt, type Past, retention, setup } from './setup.ts'

const somebody: Principal = { keyId: 'key_test', name: 'somebody', role: 'operator' }
const now = { waitMs: 0, signal: AbortSignal.abort() }

function servicesOn({ db }: Past) {
  const room = noRoom(() => {})
  const common = { db, room, sources: new Map(), sinks: new Map(), endings: createEndings({ db, log: silentLog }) }
  const rules = { retry: { maxRetries: 3, baseMs: 1, capMs: 1 }, random: () => 0.5 }
  return {
    callbacks: createCallbackService({ ...common, keptMs: retention.callbacksMs }),
    jobs: createJobService({ ...common, deliverTo: {}, eventsKeptMs: retention.eventsMs }),
    expectations: createExpectationService({
      ...common,
      rules,
      asks: true,
      callbackUrl: () => undefined,
      evidenceKeptMs: retention.evidenceMs,
    }),
  }
}

describe('what is gone', () => {
  it('is told as such: a callback that was dropped, its body and its replay', async () => {
    await using past = await setup()
    const { callbacks } = servicesOn(past)
    const id = idAt('callback', past.ago(40))
    const gone = { code: 'NO_LONGER_KEPT', status: 410, detail: expect.stringContaining('callbacks are kept for 30d') }
    await expect(callbacks.get(id)).rejects.toMatchObject(gone)
    await expect(callbacks.body(id)).rejects.toMatchObject(gone)
    await expect(callbacks.replay(id, somebody)).rejects.toMatchObject(gone)
    // One that would still be there was never there.
    expect(await callbacks.get(idAt('callback', past.ago(20)))).toBeNull()
    expect(await callbacks.get('cb_nonsense')).toBeNull()
  })

  it('is told of a job: since when its bulk is gone, and from when on its timeline is kept', async () => {
    await using past = await setup()
    const id = await past.addJob({ madeDaysAgo: 100, endedDaysAgo: 99, state: 'deadletter' })
    const young = await past.addJob({ madeDaysAgo: 10, endedDaysAgo: 9, state: 'deadletter' })
    await past.pruner().prune(past.nowMs)
    const { jobs } = servicesOn(past)
    expect(await jobs.get(id, now)).toMatchObject({
      state: 'deadletter',
      output: null,
      prunedAt: expect.any(String),
      timelineSince: `${new Date(past.ago(90)).toISOString().slice(0, 10)}T00:00:00.000Z`,
      error: { code: 'PROVIDER_FAILED' },
    })
    expect(await jobs.get(young, now)).toMatchObject({ prunedAt: null, timelineSince: null, output: { url: 'b' } })
    await expect(jobs.retry(id, somebody)).rejects.toMatchObject({ code: 'NO_LONGER_KEPT' })
    expect(await past.row('job', id)).toMatchObject({ state: 'deadletter' })
  })

  it('is told of a call: since when its outcome is gone, and from when on evidence is kept', async () => {
    await using past = await setup()
    const id = await past.addCall({ madeDaysAgo: 100, state: 'succeeded', settledDaysAgo: 99, deadlineDaysAgo: 99 })
    await past.pruner().prune(past.nowMs)
    expect(await servicesOn(past).expectations.get(id, now)).toMatchObject({
      state: 'succeeded',
      outcome: null,
      prunedAt: expect.any(String),
      evidence: [],
      evidenceSince: `${new Date(past.ago(90)).toISOString().slice(0, 10)}T00:00:00.000Z`,
    })
  })

  it('of a job does not make its key another one: the same key still gives it', async () => {
    await using past = await setup()
    const { jobs } = servicesOn(past)
    const input = {
      operation: 'concatenate',
      videos: ['https://files.example.org/a.mp4', 'https://files.example.org/b.mp4'],
    }
    const request = { pipeline: 'video', key: 'order-1', input }
    const { job } = await jobs.create(request, somebody)
    await past.db.query(
      `update becket.job set id = $2, state = 'done', finished_at = to_timestamp($3::float8 / 1000) where id = $1`,
      [job.id, idAt('job', past.ago(100)), past.ago(99)],
    )
    await past.pruner().prune(past.nowMs)
    const again = await jobs.create(request, somebody)
    expect(again).toMatchObject({
      created: false,
      job: { key: 'order-1', state: 'done', prunedAt: expect.any(String) },
    })
  })
})
