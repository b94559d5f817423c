/** Requests that take turns, against a real server: short waits are waited, long ones are told, and a 429 is meant for all. */
import { expect, test } from 'vitest'
import type { PaceGate, Turn } from '../../src/core/pace-gate.ts'
import { signalFor } from '../../src/outbound/subject.ts'
import { createWire, get, say } from './wire.ts'

const wire = createWire()

/** Gives the turns in order, then everybody at once. */
function gateOf(...turns: Turn[]) {
  const asked: (number | undefined)[] = []
  const pauses: { ms: number; reason: string }[] = []
  const gate: PaceGate = {
    async take(_cost, patienceMs) {
      asked.push(patienceMs)
      return turns.shift() ?? { granted: true, waitMs: 0 }
    },
    async pause(ms, reason) {
      pauses.push({ ms, reason })
    },
  }
  return { gate, asked, pauses }
}

test('a short wait for its turn is waited, and is not counted as the answer’s time', async () => {
  const { origin, seen } = await wire.serve(say('x'))
  const { gate } = gateOf({ granted: true, waitMs: 150 })
  const { outbound, records } = wire.open({ baseUrl: origin, pace: gate })
  const answer = await outbound.request(get('/'))
  expect(answer).toMatchObject({ kind: 'answer', status: 200 })
  // Not how long the answer took: a busy machine needs its time for that.
  expect(answer.tookMs - (records[0]?.tookMs ?? 0)).toBeGreaterThanOrEqual(140)
  expect(seen).toHaveLength(1)
})

test('a long wait is told instead: the request never left', async () => {
  const { origin, seen } = await wire.serve(say('x'))
  const { gate } = gateOf({ granted: false, waitMs: 40_000 })
  const { outbound, records } = wire.open({ baseUrl: origin, pace: gate })
  expect(await outbound.request(get('/'))).toMatchObject({
    kind: 'fault',
    code: 'RATE_LIMITED',
    sent: false,
    retryAfterMs: 40_000,
  })
  expect(records).toMatchObject([{ fault: 'RATE_LIMITED', status: null }])
  expect(seen).toEqual([])
})

test('nobody waits for a turn beyond the deadline of the request', async () => {
  const { origin, seen } = await wire.serve(say('x'))
  const { gate, asked } = gateOf({ granted: true, waitMs: 60_000 })
  const { outbound } = wire.open({ baseUrl: origin, pace: gate })
  const answer = await outbound.request(get('/', { deadlineMs: 80 }))
  expect(asked[0]).toBeLessThanOrEqual(80)
  expect(answer).toMatchObject({ kind: 'fault', code: 'TIMEOUT', sent: false })
  expect(seen).toEqual([])
})

test('a 429 with Retry-After pauses everybody; without, and with any other status, nobody', async () => {
  const { origin } = await wire.serve((request, response) => {
    const status = request.url === '/busy' ? 503 : 429
    response.writeHead(status, request.url === '/vague' ? {} : { 'retry-after': '7' }).end()
  })
  const { gate, pauses } = gateOf()
  const { outbound } = wire.open({ baseUrl: origin, pace: gate })
  await outbound.request(get('/busy'))
  await outbound.request(get('/vague'))
  expect(pauses).toEqual([])
  await outbound.request(get('/fast'))
  expect(pauses).toEqual([{ ms: 7_000, reason: expect.stringContaining('answered 429') }])
})

test('each hop of a redirect takes its turn', async () => {
  const { origin } = await wire.serve((request, response) => {
    if (request.url === '/a') response.writeHead(302, { location: '/b' }).end()
    else response.end('there')
  })
  const { gate, asked } = gateOf()
  const { outbound } = wire.open({ baseUrl: origin, pace: gate })
  await outbound.request(get('/a'))
  expect(asked).toHaveLength(2)
})

test('a record names what its request was made for, also where one signal stands for several', async () => {
  const { origin } = await wire.serve(say('x'))
  const { outbound, records } = wire.open({ baseUrl: origin })
  const { signal } = new AbortController()
  const ask = (id: string) => outbound.request(get('/', { signal: signalFor(id, signal) }))
  await Promise.all([ask('exp_1'), ask('exp_2'), ask('exp_1'), outbound.request(get('/'))])
  expect(records.map((record) => record.subject).sort()).toEqual(['exp_1', 'exp_1', 'exp_2', null])
})

test('a request made for one of several is broken off with what they share', async () => {
  const { origin } = await wire.serve(() => {})
  const { outbound } = wire.open({ baseUrl: origin })
  const controller = new AbortController()
  const ask = (id: string) => outbound.request(get('/', { signal: signalFor(id, controller.signal) }))
  const asked = Promise.all([ask('exp_1'), ask('exp_2')])
  controller.abort()
  expect(await asked).toMatchObject([{ code: 'ABORTED' }, { code: 'ABORTED' }])
})
