/** What the CLI shows of results on their way, and what it asks of the server where they go again by hand. */
import type { DeliverySummary } from '@becket/client'
import { describe, expect, it } from 'vitest'
import { createFakeServer } from './answers.ts'
import { createTerminal } from './terminal.ts'

const delivery: DeliverySummary = {
  id: 'dlv_01h455vb4pex5vsknk084sn02q',
  sink: 'films',
  subject: 'job_01h455vb4pex5vsknk084sn02q',
  type: 'job.done',
  state: 'pending',
  attempts: 0,
  dueAt: '2030-01-01T11:58:00Z',
  createdAt: '2030-01-01T11:58:00Z',
  endedAt: null,
  error: null,
  receipt: null,
}

describe('becket deliveries list', () => {
  it.each([
    ['says where to look where one is due and nobody takes it', { ...delivery }, true],
    ['does not where one is not due yet', { ...delivery, dueAt: '2030-01-01T12:00:05Z' }, false],
    ['does not where one is delivered', { ...delivery, state: 'delivered', dueAt: null }, false],
  ])('%s', async (_name, item, isTold) => {
    const { url } = await createFakeServer({ 'GET /v1/deliveries': { items: [item], nextCursor: null } })
    const { run } = await createTerminal()
    const { code, out } = await run('deliveries', 'list', '--url', url)
    expect(code).toBe(0)
    expect(out).toContain(delivery.id)
    expect(out.includes('becket health')).toBe(isTold)
  })
})

describe('becket deliveries redeliver', () => {
  it('of a sink sends all that it has not taken, and counts them', async () => {
    const { url, asked } = await createFakeServer({ 'POST /v1/deliveries/redeliver': { deliveries: 3 } })
    const { run } = await createTerminal()
    const { code, out } = await run('deliveries', 'redeliver', '--sink', 'films', '--reason', 'mended', '--url', url)
    expect(out.trim()).toBe('3 due again; becket deliveries list --sink films')
    expect(code).toBe(0)
    expect(asked).toEqual([expect.objectContaining({ body: { sink: 'films', reason: 'mended' } })])
  })

  it.each([[[]], [['dlv_1', '--sink', 'films']]])(
    'wants either an id or a sink, before it asks anybody: %j',
    async (words) => {
      const { url, asked } = await createFakeServer({})
      const { run } = await createTerminal()
      const { code, err } = await run('deliveries', 'redeliver', ...words, '--reason', 'mended', '--url', url)
      expect(code).toBe(2)
      expect(err).toContain('all dead ones of a sink (--sink ID)')
      expect(asked).toEqual([])
    },
  )
})
