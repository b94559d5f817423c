/** Deliveries under several hands: a holder that hung and answers late, and ends that are written at the same time. */
import { expect, it } from 'vitest'
import type { DeliveryAnswer } from '../../src/core/delivery.ts'
import { LostLease, wake } from '../../src/store/wakeups.ts'
import { createBox } from './box.ts'
import { deferred } from './script.ts'
import { HOUR, MINUTE, type Spine, setup, somebody } from './setup.ts'
import type { Worker } from './worker.ts'

const refused = { code: 'HTTP_400', message: 'not like this', retryable: false }
const failed = { code: 'HTTP_503', message: 'not now', retryable: true }

/** A job whose end is in the hand of a worker that hung; the box waits for the word of each holder in turn. */
async function hung() {
  const box = createBox({ retryMs: [HOUR] })
  const spine = await setup({ sinks: new Map([['box', box.sink]]), deadlineMs: HOUR })
  const words = [deferred<DeliveryAnswer>(), deferred<DeliveryAnswer>()]
  box.answer = () => words[box.batches.length - 1]?.promise ?? { kind: 'delivered' }
  await spine.startJob([{ sink: 'box', queue: 'one' }])
  const [first, second] = [spine.worker('first'), spine.worker('second')]
  await first.drain()
  await spine.pass(HOUR)
  for (const lane of ['expectation', 'job'] as const) await first.step(lane)
  const firstOver = await hold(first)
  await expect.poll(() => box.batches.length).toBe(1)
  await spine.pass(MINUTE)
  const secondOver = await hold(second)
  await expect.poll(() => box.batches.length).toBe(2)
  const say = async (who: 0 | 1, answer: DeliveryAnswer) => {
    words[who]?.resolve(answer)
    return who === 0 ? firstOver : secondOver
  }
  return { spine, box, say }
}

/** Answers how its work ends. */
async function hold(worker: Worker) {
  const [claim] = await worker.claim('outbox')
  if (claim === undefined) throw new Error('no queue is due')
  return {
    over: worker.handle(claim).then(
      () => 'done' as const,
      (error: unknown) => error,
    ),
  }
}

const rows = (spine: Spine) =>
  spine.all<{ type: string; state: string; attempts: number }>(
    'select type, state, attempts from becket.outbox order by created_at',
  )

it.each<[string, DeliveryAnswer]>([
  ['gave it up', { kind: 'rejected', error: refused }],
  ['will not have it now', { kind: 'retry', error: failed }],
])('a sink’s word to a holder that hung, that it %s, says nothing about the try of the next one', async (_, word) => {
  const { spine, say } = await hung()
  await using _spine = spine
  const first = await say(0, word)
  expect(await first.over).toBeInstanceOf(LostLease)
  expect(await rows(spine)).toMatchObject([{ state: 'pending', attempts: 0 }])
  await (await say(1, { kind: 'delivered' })).over
  expect(await rows(spine)).toMatchObject([{ state: 'delivered', attempts: 0 }])
})

it('what a holder that hung had delivered after all lets the next result go at once', async () => {
  const { spine, box, say } = await hung()
  await using _ = spine
  // The next holder finds the sink away, and would come again in an hour.
  await (await say(1, { kind: 'retry', error: failed })).over
  await spine.callBack({ id: 'ext-1' })
  await spine.worker().drain()
  expect(await rows(spine)).toMatchObject([{ state: 'pending' }, { type: 'job.done', state: 'pending' }])
  expect(await (await say(0, { kind: 'delivered' })).over).toBeInstanceOf(LostLease)
  await spine.worker().drain()
  expect(await rows(spine)).toMatchObject([{ state: 'delivered' }, { type: 'job.done', state: 'delivered' }])
  expect(box.taken.at(-1)?.result.type).toBe('job.done')
})

it('two ends of one call that are written at the same time are in the order in which sinks can get them', async () => {
  const [slow, quick] = [createBox({ id: 'a', queue: 'a' }), createBox({ id: 'b', queue: 'b' })]
  await using spine = await setup({
    sinks: new Map([
      ['a', slow.sink],
      ['b', quick.sink],
    ]),
    settlesAtIntake: false,
  })
  const call = (externalId: string, deliverTo: string[]) =>
    spine.expectations.register(
      { source: 'parser', operation: 'parse', key: 'mine', attempt: 'new', externalId, deliverTo },
      somebody,
    )
  await call('ext-1', ['a', 'b'])
  await call('ext-2', ['b'])
  const locked = deferred<void>()
  const release = deferred<void>()
  const blocking = spine.db.tx(async (tx) => {
    await wake(tx, { lane: 'outbox', subject: 'a/a', rank: 0, afterMs: 0 }, null)
    locked.resolve()
    await release.promise
  })
  await locked.promise
  await spine.callBack({ id: 'ext-1' })
  const blocked = spine.worker('one').step('callback')
  const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  await expect.poll(() => spine.all(waiting)).toHaveLength(1)
  await spine.callBack({ id: 'ext-2' })
  const other = spine.worker('two')
  await other.step('callback')
  await other.step('outbox')
  release.resolve()
  await Promise.all([blocking, blocked])
  await other.drain()
  const written = await spine.all<{ id: string }>(
    `select id from becket.outbox where sink = 'b' order by created_at, id`,
  )
  expect(quick.taken.map(({ id }) => id)).toEqual(written.map(({ id }) => id))
  expect(written).toHaveLength(2)
})
