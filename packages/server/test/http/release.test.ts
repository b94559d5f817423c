import { describe, expect, it } from 'vitest'
import { as, setup } from './setup.ts'

describe('POST /v1/callbacks/release', () => {
  const url = '/v1/callbacks/release'
  const payload = { source: 'orders', reason: 'the adapter is mended' }

  it('is for operators', async () => {
    const { app, doings } = await setup()
    expect((await app.inject({ method: 'POST', url, headers: as('viewer'), payload })).statusCode).toBe(403)
    expect(doings).toEqual([])
    const answer = await app.inject({ method: 'POST', url, headers: as('operator'), payload })
    expect(answer.statusCode).toBe(202)
    expect(answer.json()).toEqual({ released: 0, dryRun: false, groups: [], notQuarantined: [] })
    expect(doings).toEqual([['release', 'key_operator']])
  })

  it.each([
    ['no reason', {}],
    ['a word that it does not know', { ...payload, sources: ['orders'] }],
    ['no ids at all', { ...payload, ids: [] }],
    ['more ids than it takes', { ...payload, ids: Array.from({ length: 1_001 }, (_, index) => `cb_${index}`) }],
  ])('refuses %s', async (_, body) => {
    const { app } = await setup()
    const answer = await app.inject({ method: 'POST', url, headers: as('operator'), payload: body })
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'REQUEST_INVALID' })
  })
})
