/** A whole server whose database goes away under callbacks: each is answered at once, and stored once when it is back. */
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type TestDatabase, testDatabase } from '../database.ts'
import { databaseLine } from '../serve/line.ts'
import { until } from '../serve/setup.ts'
import { API_KEY, starting } from '../serve/starting.ts'

const orders = { orders: { provider: 'http', read: { externalId: '/id', status: '/status', succeeded: ['done'] } } }
const authorization = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' }

type Becket = Awaited<ReturnType<typeof starting>>

const receipt = z.object({ callback: z.string() })

/** Sends so many, ten at a time, and answers with what was answered. */
async function send(becket: Becket, from: number, count: number) {
  const numbers = Array.from({ length: count }, (_, index) => from + index)
  const answers: { status: number; id: string; tookMs: number }[] = []
  while (numbers.length > 0) {
    const sent = numbers.splice(0, 10).map(async (number) => {
      const body = JSON.stringify({ id: String(number), status: 'done' })
      const { status, body: answer, tookMs } = await becket.probe('/in/orders', { method: 'POST', body })
      return { status, id: receipt.safeParse(answer).data?.callback ?? '', tookMs }
    })
    answers.push(...(await Promise.all(sent)))
  }
  return answers
}

async function storedIds({ db }: TestDatabase): Promise<string[]> {
  return (await db.query<{ id: string }>('select id from becket.callback order by id')).rows.map(({ id }) => id)
}

/** As `/metrics` says, which asks for no key and no database. */
async function waiting(becket: Becket): Promise<number> {
  const page = await (await fetch(`${becket.url}/metrics`)).text()
  return Number(/^becket_spool_waiting (\d+)$/m.exec(page)?.[1])
}

const health = (becket: Becket) => becket.probe('/v1/health', { headers: authorization })

describe('a server whose database', () => {
  test.each(['cut', 'silent'] as const)(
    'is %s takes callbacks, and stores each once when it is back',
    async (state) => {
      await using database = await testDatabase()
      await using line = await databaseLine(database.url, 'whole')
      await using becket = await starting({
        database: { url: line.url },
        sources: orders,
        intake: { spool: { after: '2s' } },
      })
      await becket.ready
      const before = await send(becket, 0, 10)
      await line.become(state)
      const first = await send(becket, 10, 10)
      const during = await send(becket, 20, 200)
      const answers = [...before, ...first, ...during]
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
      expect(Math.max(...during.map(({ tookMs }) => tookMs))).toBeLessThan(2_000)
      expect(await waiting(becket)).toBeGreaterThanOrEqual(200)

      await line.become('whole')
      await until(async () => (await waiting(becket)) === 0)
      expect(await storedIds(database)).toEqual(answers.map(({ id }) => id).sort())
      // Whoever asks the database for more than callbacks looks for it twice a second while it is away.
      await until(async () => (await health(becket)).status === 200)
      expect(await health(becket)).toMatchObject({
        body: { spool: { state: 'closed', waiting: 0, setAside: 0, reason: null, fault: null } },
      })
    },
  )

  test('is silent tells whoever registers so, in short time, and health as well', async () => {
    await using database = await testDatabase()
    await using line = await databaseLine(database.url, 'whole')
    await using becket = await starting({ database: { url: line.url }, sources: orders })
    await becket.ready
    await health(becket)
    await line.become('silent')
    await line.called()
    const expectation = JSON.stringify({ source: 'orders', operation: 'order', key: 'k1' })
    const register = () =>
      becket.probe('/v1/expectations', { method: 'POST', headers: authorization, body: expectation })
    const first = await register()
    expect(first).toMatchObject({ status: 503, body: { code: 'DATABASE_UNREACHABLE' } })
    // A second of patience and two of asking; without them the pool would wait for ten.
    expect(first.tookMs).toBeLessThan(8_000)
    const second = await register()
    expect(second).toMatchObject({ status: 503, retryAfter: '2', body: { code: 'DATABASE_UNREACHABLE' } })
    expect(await health(becket)).toMatchObject({
      status: 200,
      body: { status: 'down', database: { status: 'down' }, spool: {} },
    })
    await line.become('whole')
    await until(async () => (await register()).status === 201)
  })

  test('was never there lets an intake of its own take callbacks, and be ready for them', async () => {
    await using database = await testDatabase({ empty: true })
    await using line = await databaseLine(database.url, 'cut')
    await using becket = await starting({ database: { url: line.url }, sources: orders, roles: ['intake'] })
    expect(await becket.readiness()).toMatchObject({ status: 200, missing: [], steps: [{ state: 'away' }, {}, {}, {}] })
    const [answer] = await send(becket, 0, 1)
    expect(answer?.status).toBe(200)
    await line.become('whole')
    await becket.ready
    await until(async () => (await storedIds(database)).length === 1)
    expect(await storedIds(database)).toEqual([answer?.id])
  })
})
