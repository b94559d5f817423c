/** Where the answer comes from when a part of the source is away: real servers for the status API and for the outputs. */
import { createServer, type Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { ladder, pollFirst } from '../../src/core/poll-plan.ts'
import { silentLog } from '../../src/observe/log.ts'
import { createOutbound } from '../../src/outbound/http.ts'
import { httpProvider } from '../../src/providers/http/http.ts'
import { createBreakers } from '../../src/store/breakers.ts'
import { portOf } from '../outbound/wire.ts'
import { HOUR, MINUTE, type Spine, setup, somebody } from './setup.ts'

interface Answer {
  status: number
  headers?: Record<string, string>
  body?: string
}

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A server whose answer the test changes; null breaks the connection. `asked` counts. */
async function partOf(first: Answer | null) {
  const part = { answer: first, asked: 0, origin: '', stop: () => stop(server) }
  const server = createServer((_, response) => {
    part.asked += 1
    if (part.answer === null) return void response.destroy()
    const { status, headers = {}, body = '' } = part.answer
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  part.origin = `http://127.0.0.1:${portOf(server.address())}`
  closers.push(() => stop(server))
  return part
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

const done: Answer = { status: 200, body: JSON.stringify({ id: 'ext-1', status: 'done', output: 'the output' }) }
const working: Answer = { status: 200, body: JSON.stringify({ id: 'ext-1', status: 'working' }) }
const file: Answer = { status: 200, headers: { 'content-length': '4' }, body: 'mp4!' }
const down: Answer = { status: 500 }

async function orders({ plan = ladder, statusIs = down, filesAre = down as Answer | null } = {}) {
  const spine = await setup({ plan })
  const [status, files] = [await partOf(statusIs), await partOf(filesAre)]
  const outbound = createOutbound({ source: 'orders', baseUrl: status.origin, allowPrivate: true })
  closers.push(() => outbound.close())
  const read = { status: '/status', succeeded: ['done'], failed: ['error'], output: '/output' }
  const api = httpProvider.create({
    id: 'orders',
    options: httpProvider.options.parse({
      read: { externalId: '/id', ...read },
      check: { url: '/orders/{externalId}', pending: ['working'], ...read },
      artifact: { url: `${files.origin}/{externalId}.mp4` },
    }),
    outbound,
  })
  spine.sources.set('orders', { ...spine.source, id: 'orders', api })
  const request = { source: 'orders', operation: 'parse', key: 'order-1', externalId: 'ext-1' }
  const { expectation } = await spine.expectations.register(request, somebody)
  const first = spine.worker()
  return {
    spine,
    status,
    files,
    id: expectation.id,
    /** Its next check is due now. */
    async check(worker = first) {
      await spine.db.query(`update becket.wakeup set due = clock_timestamp() where lane = 'expectation'`)
      await spine.db.query(
        `update becket.expectation set submitted_at = submitted_at - interval '6 minutes',
           registered_at = registered_at - interval '6 minutes', expect_by = clock_timestamp() - interval '1 minute'`,
      )
      await worker.step('expectation')
    },
    breakers: async () => (await createBreakers({ db: spine.db, log: silentLog }).list()).map(stateOf),
  }
}

const stateOf = ({ name, state }: { name: string; state: string }) => `${name} ${state}`

async function letTrialsThrough(spine: Spine): Promise<void> {
  const breakers = createBreakers({ db: spine.db, log: silentLog })
  for (const { name } of await breakers.list()) await breakers.override(name, 'half-open', 'back again')
}

describe('an expectation whose status API is away', () => {
  it.each([
    ['answers 500', down],
    ['answers 503 with a long Retry-After', { status: 503, headers: { 'retry-after': '3600' } }],
  ])('is settled by its artifact when it %s', async (_, statusIs) => {
    const { spine, id, check, breakers } = await orders({ statusIs, filesAre: file })
    await using _spine = spine
    await check()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'artifact' })
    expect(await breakers()).toEqual([])
  })

  it('is settled by its artifact when nobody listens there any more', async () => {
    const { spine, id, check, status } = await orders({ filesAre: file })
    await using _spine = spine
    await status.stop()
    await check()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'artifact' })
  })

  it('is settled by its artifact also while the API is left alone', async () => {
    const { spine, id, check, status } = await orders({ statusIs: done, filesAre: file })
    await using _spine = spine
    await createBreakers({ db: spine.db, log: silentLog }).override('source:orders', 'open', 'maintenance')
    await check()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'artifact' })
    expect(status.asked).toBe(0)
  })
})

describe('an expectation whose outputs cannot be looked at', () => {
  it('is settled by its status', async () => {
    const { spine, id, check, files } = await orders({ statusIs: done, filesAre: null })
    await using _spine = spine
    await check()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'check' })
    expect(files.asked).toBe(0)
  })
})

describe('an expectation for which everything is away', () => {
  it('costs nothing: both are left alone after five faults, and the first that is back settles it', async () => {
    const { spine, id, check, status, files, breakers } = await orders({ filesAre: { status: 503 } })
    await using _spine = spine
    for (let count = 0; count < 7; count++) await check()
    expect(await spine.expectation(id)).toMatchObject({ state: 'waiting' })
    expect((await spine.wakeup('expectation', id))?.dueInMs).toBeGreaterThan(30_000)
    expect(await breakers()).toEqual(['artifact:orders open', 'source:orders open'])
    expect(status.asked).toBe(5)
    // A look is a HEAD and, where that fails, at most a GET.
    expect(files.asked).toBeLessThanOrEqual(10)
    status.answer = done
    await letTrialsThrough(spine)
    // Another process, which knows no breaker from before.
    await check(spine.worker('another'))
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'check' })
    expect(await breakers()).toContain('source:orders closed')
  })

  it.each([
    ['refuses our key', { status: 401 }],
    ['does not know the work', { status: 404 }],
    ['asks us to slow down', { status: 429 }],
    ['says what nobody can read', { status: 200, body: '<html>' }],
  ])('opens no breaker where the API %s', async (_, statusIs) => {
    const { spine, id, check, breakers } = await orders({ statusIs, filesAre: { status: 404 } })
    await using _spine = spine
    for (let count = 0; count < 6; count++) await check()
    expect((await breakers()).filter((each) => !each.endsWith('closed'))).toEqual([])
    expect(await spine.expectation(id)).toMatchObject({ state: 'waiting' })
  })

  it('asks again no sooner than a 429 says', async () => {
    const statusIs = { status: 429, headers: { 'retry-after': '1800' } }
    const { spine, id, check } = await orders({ statusIs, filesAre: { status: 404 } })
    await using _spine = spine
    await check()
    expect((await spine.wakeup('expectation', id))?.dueInMs).toBeGreaterThan(29 * MINUTE)
  })
})

describe('a source whose webhooks fail altogether', () => {
  it('is asked from the start with `plan: poll`, and settles without a callback', async () => {
    const { spine, id, check, status } = await orders({ plan: pollFirst, statusIs: working, filesAre: { status: 404 } })
    await using _spine = spine
    const first = (await spine.wakeup('expectation', id))?.dueInMs ?? HOUR
    expect(first).toBeLessThan(5 * MINUTE)
    await check()
    expect(await spine.expectation(id)).toMatchObject({ state: 'waiting' })
    status.answer = done
    await check()
    expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'check' })
  })
})
