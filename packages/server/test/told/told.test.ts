/** An answer about what this process has just written is told from memory, and no different from what is read. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { setup, type Told, type Way } from './setup.ts'

const shown = z.looseObject({ id: z.string(), state: z.string(), callbackUrl: z.string() })

const asked = (way: Way) => ({ source: 'studio', operation: 'render', key: randomUUID(), input: { way } })

/** Registers it for Becket to submit; answers what was told, and what is read straight after. */
async function submitted(told: Told, way: Way, query = '?wait=20s') {
  told.readBack()
  const answer = await told.post(`/v1/expectations${query}`, { ...asked(way), submit: true })
  const readBack = told.readBack()
  const { id, state } = shown.parse(JSON.parse(answer))
  return { id, state, answer, readBack, read: await told.get(`/v1/expectations/${id}`) }
}

/** Until it is not read: whoever waits also asks by the clock, and may see an end just before this process is told of it. */
async function submittedUnread(told: Told, way: Way) {
  let last = await submitted(told, way)
  for (let tries = 1; tries < 5 && last.readBack > 0; tries++) {
    expect(last.answer).toBe(last.read)
    last = await submitted(told, way)
  }
  return last
}

describe('an expectation that only this process had a hand in', () => {
  it('is answered at its end without being read, and just as a read would', async () => {
    await using told = await setup()
    for (const [way, end] of [
      ['calls back', 'succeeded'],
      ['calls back twice', 'succeeded'],
      ['fails', 'failed'],
      ['answers at once', 'succeeded'],
      ['refuses', 'failed'],
    ] as const) {
      const { state, answer, readBack, read } = await submittedUnread(told, way)
      expect({ way, state, readBack, answer }).toEqual({ way, state: end, readBack: 0, answer: read })
    }
  })

  it('is answered once the provider has, without being read', async () => {
    await using told = await setup()
    const atOnce = await submitted(told, 'answers at once', '')
    expect(atOnce).toMatchObject({ state: 'succeeded', readBack: 0, answer: atOnce.read })
    const taken = await submitted(told, 'takes', '')
    expect(taken).toMatchObject({ state: 'waiting', readBack: 0 })
    expectAlike(taken.answer, taken.read)
  })

  it('is told with the check that settled it', async () => {
    await using told = await setup()
    const asking = told.post('/v1/expectations?wait=20s', { ...asked('takes'), source: 'lab', submit: true })
    const id = await told.waiting()
    told.readBack()
    await told.post(`/v1/expectations/${id}/check`, {})
    const answer = await asking
    expect(JSON.parse(answer)).toMatchObject({ state: 'succeeded', settledBy: 'check', checks: 1 })
    expect(answer).toBe(await told.get(`/v1/expectations/${id}`))
  })

  it('is read once where the application says that it dispatched it, and once where somebody waits for it', async () => {
    await using told = await setup()
    const registered = await told.post('/v1/expectations', asked('calls back'))
    const { id, callbackUrl } = shown.parse(JSON.parse(registered))
    expectAlike(registered, await told.get(`/v1/expectations/${id}`))
    told.readBack()
    const dispatched = await told.post(`/v1/expectations/${id}/dispatched`, { externalId: 'work-1' })
    expect(told.readBack()).toBe(1)
    expectAlike(dispatched, await told.get(`/v1/expectations/${id}`))
    told.readBack()
    const [ended] = await Promise.all([told.get(`/v1/expectations/${id}?wait=20s`), told.callBackOnceRead(callbackUrl)])
    // Once more at most, where the clock was first.
    expect(told.readBack()).toBeLessThanOrEqual(2)
    expect(shown.parse(JSON.parse(ended)).state).toBe('succeeded')
    expect(ended).toBe(await told.get(`/v1/expectations/${id}`))
  })
})

describe('an expectation that somebody else had a hand in', () => {
  it('is read where another process took the callback', async () => {
    await using told = await setup()
    told.callAt((await told.other()).url)
    const { state, answer, readBack, read } = await submitted(told, 'calls back')
    expect(state).toBe('succeeded')
    expect(readBack).toBeGreaterThan(0)
    expect(answer).toBe(read)
  })

  it('is read where another process took what decided nothing', async () => {
    await using told = await setup()
    const other = await told.other()
    told.meanwhile((callbackUrl) => told.say(new URL(new URL(callbackUrl).pathname, other.url), { status: 'working' }))
    const { state, answer, readBack, read } = await submitted(told, 'calls back')
    expect({ state, readBack, answer }).toEqual({ state: 'succeeded', readBack: 1, answer: read })
    expect(JSON.parse(answer)).toMatchObject({ evidence: [{ relation: 'inconclusive' }, { relation: 'settled' }] })
  })

  it('is read where its deadline was moved meanwhile', async () => {
    await using told = await setup()
    told.meanwhile(async () => {
      const moved = `update becket.expectation set version = version + 1, deadline_at = deadline_at + interval '1 h'`
      await told.bundle.db.query(`${moved} where state in ('submitting', 'waiting')`)
    })
    const { answer, readBack, read } = await submitted(told, 'calls back')
    expect({ readBack, answer }).toEqual({ readBack: 1, answer: read })
  })
})

/** Its next look is told by the time at which it was asked for; the row may have it a moment later. */
function expectAlike(told: string, read: string): void {
  const [one, other] = [told, read].map((text) => z.looseObject({ nextCheckAt: z.string() }).parse(JSON.parse(text)))
  expect(one).toEqual({ ...other, nextCheckAt: one?.nextCheckAt, nextCheckWhy: one?.nextCheckWhy })
  const apartMs = Math.abs(Date.parse(one?.nextCheckAt ?? '') - Date.parse(other?.nextCheckAt ?? ''))
  expect(apartMs).toBeLessThan(5_000)
}
