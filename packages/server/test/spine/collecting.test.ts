import { expect, it } from 'vitest'
import type { CollectAnswer, Expected } from '../../src/providers/provider.ts'
import { setup, somebody } from './setup.ts'

const whole = { markdown: '# All of it' }
const thin = { ref: 'ext-1' }

/** A call whose provider says no more than that it is done, and hands the result out when asked. */
async function calling(answer: () => Promise<CollectAnswer> = async () => ({ kind: 'collected', output: whole })) {
  const spine = await setup()
  const asked: { expected: Expected; output: unknown }[] = []
  spine.source.api = {
    ...spine.source.api,
    collect: (expected, output) => {
      asked.push({ expected, output })
      return answer()
    },
  }
  const call = { source: 'parser', operation: 'parse', key: 'call-1', externalId: 'ext-1' }
  const { expectation } = await spine.expectations.register(call, somebody)
  const outcome = async () => (await spine.expectations.get(expectation.id, wait))?.outcome
  return { spine, id: expectation.id, asked, outcome }
}
const wait = { waitMs: 0, signal: new AbortController().signal }

it('a call is settled by its callback with the result that the callback only names', async () => {
  const { spine, id, asked, outcome } = await calling()
  await using _ = spine
  await spine.callBack({ id: 'ext-1', output: thin })
  await spine.worker().drain()
  expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'callback' })
  expect(await outcome()).toEqual(whole)
  expect(asked).toMatchObject([{ expected: { id, externalId: 'ext-1' }, output: thin }])
})

it('and so is one whose outcome had to be asked for', async () => {
  const { spine, id, outcome } = await calling()
  await using _ = spine
  spine.script.check = async () => ({ kind: 'outcome', outcome: { verdict: 'succeeded', output: thin } })
  await spine.pass(6 * 60_000)
  await spine.worker().drain()
  expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'check' })
  expect(await outcome()).toEqual(whole)
})

it.each<[string, () => Promise<CollectAnswer>]>([
  ['does not give it now', async () => ({ kind: 'unavailable', reason: 'answered 503', isFault: true })],
  ['has it no more', async () => ({ kind: 'missing', reason: 'expired' })],
  [
    'has broken code',
    async () => {
      throw new Error('oh')
    },
  ],
])('where the provider %s, the success settles as it was told', async (_, answer) => {
  const { spine, id, asked, outcome } = await calling(answer)
  await using _spine = spine
  await spine.callBack({ id: 'ext-1', output: thin })
  await spine.worker().drain()
  expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded', settled_by: 'callback' })
  expect(await outcome()).toEqual(thin)
  expect(asked).toHaveLength(1)
})

it('what proves nothing, and what comes a second time, fetches nothing', async () => {
  const { spine, asked } = await calling()
  await using _ = spine
  const worker = spine.worker()
  await spine.callBack({ id: 'ext-1', output: thin, by: 'nothing' })
  await worker.step('callback')
  expect(asked).toEqual([])
  await spine.callBack({ id: 'ext-1', output: thin })
  await spine.callBack({ id: 'ext-1', output: thin, eventId: 'again' })
  await worker.drain()
  expect(asked).toHaveLength(1)
})

it('a worker that is told to stop meanwhile settles nothing; whoever reads the callback next does', async () => {
  const stopping = new Error('stopping')
  const { spine, id, outcome } = await calling()
  await using _ = spine
  const { collect } = spine.source.api
  spine.source.api.collect = (_expected, _output, signal) =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ kind: 'unavailable', reason: 'broken off' }), { once: true })
      begun()
    })
  let begun = () => {}
  const asking = new Promise<void>((resolve) => {
    begun = resolve
  })
  await spine.callBack({ id: 'ext-1', output: thin })
  const [claim] = await spine.worker('first').claim('callback')
  if (claim === undefined) throw new Error('no callback is due')
  const stop = new AbortController()
  const first = spine.worker('first')
  const over = first.handle(claim, stop.signal)
  await asking
  stop.abort(stopping)
  await expect(over).rejects.toBe(stopping)
  expect(await spine.expectation(id)).toMatchObject({ state: 'waiting' })
  spine.source.api.collect = collect
  await spine.pass(20_000)
  await spine.worker('heir').drain()
  expect(await spine.expectation(id)).toMatchObject({ state: 'succeeded' })
  expect(await outcome()).toEqual(whole)
})
