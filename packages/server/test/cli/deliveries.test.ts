/** What the CLI asks of the server where results are delivered again by hand. */
import { describe, expect, it } from 'vitest'
import { createFakeServer } from './answers.ts'
import { createTerminal } from './terminal.ts'

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
