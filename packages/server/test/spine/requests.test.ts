/** What is shown of the way out: the requests that were made, the breakers, and how busy a source is. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { createRequestLog } from '../../src/engine/request-log.ts'
import { silentLog } from '../../src/observe/log.ts'
import type { RequestRecord } from '../../src/outbound/outbound.ts'
import { createBreakerService } from '../../src/services/breakers.ts'
import { createRequestService } from '../../src/services/requests.ts'
import { createSourceService } from '../../src/services/sources.ts'
import { createBreakers } from '../../src/store/breakers.ts'
import { noRoom } from '../../src/store/handover.ts'
import { createPaces } from '../../src/store/pace.ts'
import { setup, somebody } from './setup.ts'

const request = (facts: Partial<RequestRecord> = {}): RequestRecord => ({
  source: 'parser',
  operation: 'parse',
  method: 'POST',
  url: 'https://api.example.org/jobs',
  status: 200,
  fault: null,
  tookMs: 12,
  bytes: 34,
  subject: null,
  ...facts,
})

describe('the request log', () => {
  it('writes what it was told behind the requests’ backs, and the rest when it stops', async () => {
    await using spine = await setup()
    const log = createRequestLog({ db: spine.db, log: silentLog })
    await log.start()
    for (let count = 0; count < 450; count++) log.record(request({ bytes: 5_000_000_000 + count }))
    await log.stop()
    expect(await spine.count('request')).toBe(450)
    const { items, nextCursor } = await createRequestService({ db: spine.db }).list({ limit: 2 })
    expect(items).toHaveLength(2)
    expect(items[0]).toMatchObject({ source: 'parser', status: 200, fault: null, tookMs: 12, subject: null })
    expect(items[0]?.bytes).toBeGreaterThan(5_000_000_000)
    const next = await createRequestService({ db: spine.db }).list({ limit: 2, cursor: nextCursor ?? '' })
    expect(next.items[0]?.id).not.toBe(items[1]?.id)
  })

  it('keeps the newest while the database is away, and says how many it had to drop', async () => {
    await using spine = await setup()
    let isAway = true
    const away: Db = {
      ...spine.db,
      query: (text, values) => (isAway ? Promise.reject(new Error('away')) : spine.db.query(text, values)),
    }
    const warn = vi.spyOn(silentLog, 'warn')
    onTestFinished(() => warn.mockRestore())
    const log = createRequestLog({ db: away, log: silentLog })
    await log.start()
    for (let count = 0; count < 5_100; count++) log.record(request({ url: `https://api.example.org/${count}` }))
    isAway = false
    await log.stop()
    expect(await spine.count('request')).toBe(5_000)
    expect(await spine.all(`select url from becket.request where url like '%/99'`)).toEqual([])
    expect(warn).toHaveBeenCalledWith({ dropped: 100 }, expect.any(String))
  })

  it('finds the requests of a job by its expectations, and those that failed', async () => {
    await using spine = await setup()
    const jobId = await spine.startJob()
    await spine.worker().drain()
    const id = (await spine.attempts(jobId))[0]?.id ?? ''
    const log = createRequestLog({ db: spine.db, log: silentLog })
    await log.start()
    log.record(request({ subject: id }))
    log.record(request({ subject: id, status: null, fault: 'TIMEOUT' }))
    log.record(request({ source: 'storage', status: 503 }))
    await log.stop()
    const { list } = createRequestService({ db: spine.db })
    const count = async (query: object) => (await list({ limit: 50, ...query })).items.length
    expect(await count({ subject: id })).toBe(2)
    expect(await count({ subject: jobId })).toBe(2)
    expect(await count({ failed: true })).toBe(2)
    expect(await count({ failed: false })).toBe(1)
    expect(await count({ source: 'storage' })).toBe(1)
    expect(await count({ subject: jobId, failed: true })).toBe(1)
  })
})

describe('breakers for people', () => {
  it('are all there, also those nobody ever had to open, and are overridden with a reason and a trace', async () => {
    await using spine = await setup()
    const breakers = createBreakers({ db: spine.db, log: silentLog })
    const names = ['source:parser', 'storage:fs']
    const service = createBreakerService({ db: spine.db, breakers, names })
    expect((await service.list()).map(({ name, state }) => `${name} ${state}`)).toEqual([
      'source:parser closed',
      'storage:fs closed',
    ])
    const held = await service.override('source:parser', { state: 'open', reason: 'their maintenance' }, somebody)
    expect(held).toMatchObject({ state: 'open', reason: 'their maintenance', retryAt: null })
    expect(await breakers.gate('source:parser').admit()).toMatchObject({ kind: 'refused', reason: 'their maintenance' })
    expect(await spine.timeline('source:parser')).toEqual(['breaker.overridden'])
    const [event] = await spine.all<{ data: object }>(`select data from becket.event where subject = 'source:parser'`)
    expect(event?.data).toMatchObject({ from: 'closed', to: 'open', reason: 'their maintenance', by: 'somebody' })
  })

  it('that nobody knows are refused with the names that there are', async () => {
    await using spine = await setup()
    const breakers = createBreakers({ db: spine.db, log: silentLog })
    const service = createBreakerService({ db: spine.db, breakers, names: ['source:parser', 'sink:box'] })
    const wrong = service.override('source:parse', { state: 'open', reason: 'x' }, somebody)
    await expect(wrong).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: 'Did you mean source:parser? There are sink:box, source:parser.',
    })
    expect(await spine.count('breaker')).toBe(0)
  })
})

describe('a source for people', () => {
  it('tells its limits, what is in hand, who waits, and until when it asked to be left alone', async () => {
    await using spine = await setup({ concurrency: 1, room: { ...noRoom(() => {}), isLimited: () => true } })
    spine.sources.set('parser', { ...spine.source, rate: { perSecond: 5, burst: 2 } })
    const paces = createPaces({ db: spine.db, log: silentLog })
    const list = createSourceService({ db: spine.db, sources: spine.sources, paces, publicUrl: () => 'https://b' }).list
    await spine.startJob()
    await spine.startJob()
    await spine.worker().drain()
    await paces.gate('source:parser', null).pause(60_000, 'api.example.org answered 429')
    expect(await list()).toMatchObject([
      {
        id: 'parser',
        rate: { perSecond: 5, burst: 2 },
        pausedUntil: expect.stringContaining('T'),
        pauseReason: 'api.example.org answered 429',
        operations: [{ name: 'parse', concurrency: 1, inHand: 1, heldBack: 1 }],
      },
    ])
  })
})
