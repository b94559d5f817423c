/** A process that starts without its database, or with one that it cannot use yet: up, not ready, and saying why. */
import { describe, expect, it } from 'vitest'
import { testDatabase } from '../database.ts'
import { databaseLine } from './line.ts'
import { until } from './setup.ts'
import { API_KEY, starting } from './starting.ts'

const authorization = { authorization: `Bearer ${API_KEY}` }
const orders = { orders: { provider: 'http', read: { externalId: '/id', status: '/status', succeeded: ['done'] } } }

describe('a process whose database is away at the start', () => {
  it('lives, is not ready and says why; keeps callbacks; and comes up by itself when it is back', async () => {
    await using database = await testDatabase({ empty: true })
    await using line = await databaseLine(database.url, 'cut')
    await using becket = await starting({ database: { url: line.url }, sources: orders })
    await until(() => becket.events.some(({ kind, step }) => kind === 'away' && step === 'database'))

    expect(await becket.probe('/livez')).toMatchObject({ status: 200 })
    const { status, missing, steps } = await becket.readiness()
    expect([status, missing[0]]).toEqual([503, expect.stringMatching(/^database: .*ECONNREFUSED.*DATABASE_URL/)])
    expect(steps.map(({ name, kind, state }) => [name, kind, state])).toEqual([
      ['database', 'hard', 'away'],
      ['schema', 'hard', 'waiting'],
      ['keys', 'hard', 'waiting'],
      ['storage', 'soft', 'ready'],
      ['work', 'hard', 'waiting'],
    ])
    expect(Date.parse(steps[0]?.since ?? '')).toBeLessThanOrEqual(Date.now())
    const refused = { status: 503, retryAfter: '1', body: { code: 'UNAVAILABLE', retryable: true } }
    expect(await becket.probe('/v1/jobs', { headers: authorization })).toMatchObject(refused)
    const callback = { method: 'POST', body: '{"id":"1","status":"done"}' }
    const kept = await becket.probe('/in/orders', callback)
    expect(kept).toMatchObject({ status: 200, body: { callback: expect.stringMatching(/^cb_/) } })

    await line.become('whole')
    await becket.ready
    expect(await becket.readiness()).toMatchObject({ status: 200, missing: [] })
    expect(await becket.probe('/in/orders', callback)).toMatchObject({ status: 200 })
    expect(await becket.probe('/v1/jobs', { headers: authorization })).toMatchObject({ status: 200 })
    expect(becket.events).toContainEqual(expect.objectContaining({ step: 'database', kind: 'ready', wasAway: true }))
  })

  it('and accepts without ever answering: lives, tells what takes long, stops at once, and comes up as well', async () => {
    await using database = await testDatabase({ empty: true })
    await using line = await databaseLine(database.url, 'silent')
    const limits = { database: 300 }
    await using becket = await starting({ database: { url: line.url } }, limits)
    await line.called()
    const live = await becket.probe('/livez')
    expect([live.status, live.tookMs < 100]).toEqual([200, true])
    await until(() => becket.events.some(({ kind }) => kind === 'slow'))
    await until(async () => (await becket.step('database'))?.reason === 'no answer within 300 ms')
    const { tookMs, status } = await becket.probe('/livez')
    expect([status, tookMs < 100]).toEqual([200, true])

    const another = await starting({ database: { url: line.url } })
    const beganMs = performance.now()
    await another[Symbol.asyncDispose]()
    expect(performance.now() - beganMs).toBeLessThan(2_000)
    await expect(another.ready).rejects.toThrow('stopped while starting')

    await line.become('whole')
    await becket.ready
  })

  it('that loses it later lives on, says so, and is ready again when it is back', async () => {
    await using database = await testDatabase()
    await using line = await databaseLine(database.url, 'whole')
    await using becket = await starting({ database: { url: line.url } })
    await becket.ready
    await line.become('cut')
    await until(async () => (await becket.step('database'))?.state === 'away')
    expect(await becket.readiness()).toMatchObject({ status: 503, missing: [expect.stringMatching(/^database: /)] })
    expect(await becket.probe('/livez')).toMatchObject({ status: 200 })
    await line.become('whole')
    await until(async () => (await becket.readiness()).status === 200)
  })
})

it('whose database falls silent while it works stops within 10 s all the same', async () => {
  await using database = await testDatabase()
  await using line = await databaseLine(database.url, 'whole')
  await using becket = await starting({ database: { url: line.url } })
  await becket.ready
  await line.become('silent')
  await line.called()
  const beganMs = performance.now()
  await becket.app.stop()
  expect(performance.now() - beganMs).toBeLessThan(9_000)
})

describe('a process whose database is there and cannot be used yet', () => {
  it('waits while the schema is newer than the release, and names the release to start', async () => {
    await using database = await testDatabase()
    await database.db.query(`insert into becket.migration (version, name, checksum, applied_at, program_version)
      select max(version) + 1, 'from the future', 'none', clock_timestamp(), '99.0.0' from becket.migration`)
    await using becket = await starting({ database: { url: database.url } })
    await until(async () => (await becket.step('schema'))?.state === 'away')
    expect(await becket.step('schema')).toMatchObject({
      reason: expect.stringContaining('from the future, by release 99.0.0'),
      remedy: expect.stringContaining('Start the newer release'),
    })
    expect(await becket.probe('/livez')).toMatchObject({ status: 200 })
    await database.db.query(`delete from becket.migration where name = 'from the future'`)
    await becket.ready
  })

  it('waits while another process holds the migrations', async () => {
    await using database = await testDatabase({ empty: true })
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let sayTaken = () => {}
    const taken = new Promise<void>((resolve) => {
      sayTaken = resolve
    })
    const holding = database.db.tx(async (tx) => {
      await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', ['becket migrations of becket'])
      sayTaken()
      await held
    })
    await taken
    await using becket = await starting({ database: { url: database.url } }, { schema: 300 })
    await until(async () => (await becket.step('schema'))?.state === 'away')
    release()
    await holding
    await becket.ready
  })

  it('leaves a login that is refused alone for longer, and says that it was refused', async () => {
    await using database = await testDatabase()
    const url = new URL(database.url)
    url.password = 'test-password-that-is-wrong'
    await using becket = await starting({ database: { url: url.href } })
    await until(() => becket.events.some(({ kind }) => kind === 'away'))
    const away = becket.events.find(({ kind }) => kind === 'away')
    expect(away).toMatchObject({ step: 'database', fault: { isRefusal: true } })
    expect(JSON.stringify(await becket.readiness())).not.toContain('test-password-that-is-wrong')
  })
})
