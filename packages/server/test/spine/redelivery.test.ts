/** What goes again by hand never undoes what came after it. */
import { describe, expect, it } from 'vitest'
import type { Db } from '../../src/db/db.ts'
import { createDeliveryService } from '../../src/services/deliveries.ts'
import { noRoom } from '../../src/store/handover.ts'
import { createBox } from './box.ts'
import { HOUR, type Spine, setup, somebody } from './setup.ts'

const refused = { code: 'HTTP_400', message: 'not like this', retryable: false }
const reason = 'the endpoint was mended'

/** A call to one box, which refuses everything at first. */
async function refusing() {
  const box = createBox()
  box.answer = () => ({ kind: 'rejected', error: refused })
  const spine = await setup({ sinks: new Map([[box.sink.id, box.sink]]) })
  const serviceOn = (db: Db) =>
    createDeliveryService({ db, room: noRoom(() => {}), sinks: new Map([[box.sink.id, box.sink]]) })
  const call = async (externalId: string) => {
    const spec = { source: 'parser', operation: 'parse', key: 'mine', attempt: 'new' as const, deliverTo: ['box'] }
    return (await spine.expectations.register({ ...spec, externalId }, somebody)).expectation.id
  }
  return { box, spine, call, serviceOn }
}

async function latest(spine: Spine): Promise<string> {
  const [row] = await spine.all<{ id: string }>('select id from becket.outbox order by created_at desc limit 1')
  return row?.id ?? expect.fail('nothing was written down')
}

describe('a result that was given up', () => {
  it('does not go again by hand when another attempt at the same call has ended since', async () => {
    const { box, spine, call, serviceOn } = await refusing()
    await using _ = spine
    await call('ext-1')
    const worker = spine.worker()
    await spine.pass(2 * HOUR)
    await worker.drain()
    const older = await latest(spine)
    box.answer = () => ({ kind: 'delivered' })
    await call('ext-2')
    await spine.callBack({ id: 'ext-2' })
    await worker.drain()
    expect(box.taken.map(({ result }) => result.type)).toEqual(['expectation.succeeded'])
    const service = serviceOn(spine.db)
    await expect(service.redeliver(older, { reason }, somebody)).rejects.toThrow(/older end/)
    expect(await service.redeliverAll({ sink: 'box', reason }, somebody)).toEqual({ deliveries: 0 })
  })

  it('does not go again when the newer end comes in the moment between the request and its writing', async () => {
    const { box, spine, call, serviceOn } = await refusing()
    await using _ = spine
    const id = await call('ext-1')
    const worker = spine.worker()
    await spine.pass(2 * HOUR)
    await worker.drain()
    const older = await latest(spine)
    box.answer = () => ({ kind: 'delivered' })
    // All that was only read before its transaction is out of date.
    const late: Db = {
      ...spine.db,
      query: spine.db.query.bind(spine.db),
      tx: async (work, options) => {
        await spine.callBack({ by: 'token', expectationId: id })
        await worker.drain()
        return spine.db.tx(work, options)
      },
    }
    await expect(serviceOn(late).redeliver(older, { reason }, somebody)).rejects.toThrow(/older end/)
    await worker.drain()
    expect(box.taken.map(({ result }) => result.type)).toEqual(['expectation.succeeded'])
  })
})
