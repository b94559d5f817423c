import { describe, expect, it } from 'vitest'
import { correlationKey, keyHash } from '../../src/core/correlation.ts'
import { readCallbacks } from '../../src/store/callback-reads.ts'
import { findMeant } from '../../src/store/meant-expectations.ts'
import { newId } from '../../src/store/new-id.ts'
import { setup, somebody } from '../spine/setup.ts'

describe('callbacks that are read together', () => {
  it('come as they were stored, and those that are not there are missing', async () => {
    await using spine = await setup({ settlesAtIntake: false })
    const body = Buffer.from([0, 255, 128])
    const id = await spine.callBack({ body, query: '?job_id=order-7' })
    const read = await readCallbacks(spine.db, [newId('callback'), id], 1_000)
    expect([...read.keys()]).toEqual([id])
    expect(read.get(id)).toMatchObject({
      source: 'parser',
      method: 'POST',
      body,
      verdict: 'verified',
      hints: { job_id: 'order-7' },
      fate: 'received',
      headers: expect.arrayContaining([['content-type', 'application/json']]),
    })
  })

  it('are no more than may be carried at once, but for the first: the others are named', async () => {
    await using spine = await setup({ settlesAtIntake: false })
    const ids: string[] = []
    for (const bytes of [900, 0, 500, 600]) ids.push(await spine.callBack({ body: 'x'.repeat(bytes) }))
    const kept = async (maxBytes: number) => {
      const read = await readCallbacks(spine.db, ids, maxBytes)
      return ids.map((id) => read.get(id) !== 'too much')
    }
    expect(await kept(2_000)).toEqual([true, true, true, true])
    expect(await kept(1_400)).toEqual([true, true, true, false])
    expect(await kept(100)).toEqual([true, false, false, false])
  })
})

describe('the expectation that is meant', () => {
  it('is found by each way, the latest of several, and of the own source only', async () => {
    await using spine = await setup()
    const attempt = async (externalId: string) => {
      const request = { source: 'parser', operation: 'parse', key: 'k', attempt: 'new', externalId } as const
      return (await spine.expectations.register(request, somebody)).expectation.id
    }
    const [first, second] = [await attempt('ext-1'), await attempt('ext-1')]
    const found = await findMeant(spine.db, [
      { by: 'id', source: 'parser', id: first },
      { by: 'id', source: 'another', id: first },
      { by: 'correlation', hash: correlationKey('parser', 'ext-1') },
      { by: 'correlation', hash: correlationKey('another', 'ext-1') },
      { by: 'key', hash: keyHash('parser', 'parse', 'k') },
      { by: 'key', hash: keyHash('parser', 'convert', 'k') },
      { by: 'job', source: 'parser', jobId: newId('job') },
    ])
    expect(found.map((meant) => meant?.id ?? null)).toEqual([first, null, second, null, second, null, null])
    expect(found[0]).toEqual({ id: first, jobId: null, state: 'waiting' })
  })

  it('is found by its job', async () => {
    await using spine = await setup()
    spine.script.submit = async () => ({ kind: 'accepted', externalId: 'ext-1' })
    const jobId = await spine.startJob()
    await spine.worker().step('job')
    const [attempt] = await spine.attempts(jobId)
    const ways = [{ by: 'job', source: 'parser', jobId } as const, { by: 'job', source: 'another', jobId } as const]
    expect(await findMeant(spine.db, ways)).toEqual([{ id: attempt?.id, jobId, state: 'waiting' }, null])
  })
})
