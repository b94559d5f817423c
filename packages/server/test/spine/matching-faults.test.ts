import { describe, expect, it } from 'vitest'
import { LostLease, retryWakeup } from '../../src/store/wakeups.ts'
import { around, calledBack, fates, handleAll, registeredAs, states, storedFirst, workerOn } from './matching.ts'
import { deferred } from './script.ts'
import { MINUTE } from './setup.ts'

const brokenConnection = () => Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' })

describe('what stands in the way of some that are matched together', () => {
  it('a fault of one is its own: it is found by halving, and the others settle', async () => {
    await using spine = await storedFirst()
    const names = ['a', 'b', 'c', 'd', 'e']
    await registeredAs(spine, names)
    const [, , poison = ''] = await calledBack(spine, names)
    await spine.db.query(`
      create function becket.refuse() returns trigger language plpgsql as $$
      begin
        if new.external_id = 'ext-c' and new.state = 'succeeded' then raise exception 'refused'; end if;
        return new;
      end $$;
      create trigger refuse before update on becket.expectation for each row execute function becket.refuse();
    `)
    const worker = spine.worker()
    const claims = await worker.claim('callback')
    const failed = await handleAll(worker, claims)
    expect([...failed.keys()]).toEqual([poison])
    expect((await states(spine)).map(({ state }) => state)).toEqual(
      names.map((name) => (name === 'c' ? 'waiting' : 'succeeded')),
    )
    expect((await spine.wakeups('callback')).map(({ subject }) => subject)).toEqual([poison])
    await spine.db.query('drop trigger refuse on becket.expectation')
    await Promise.all(claims.map((claim) => retryWakeup(spine.db, claim)))
    await spine.pass(MINUTE)
    await worker.drain()
    expect(await spine.callback(poison)).toMatchObject({ fate: 'matched' })
  })

  it('one that cannot even be read is left alone, and the others are read', async () => {
    await using spine = await storedFirst()
    const names = ['a', 'b', 'c', 'd', 'e']
    await registeredAs(spine, names)
    const [, broken = ''] = await calledBack(spine, names)
    await spine.db.query(`update becket.callback set headers = '\\xff' where id = $1`, [broken])
    const worker = spine.worker()
    const failed = await handleAll(worker, await worker.claim('callback'))
    expect([...failed.keys()]).toEqual([broken])
    expect((await states(spine)).map(({ state }) => state)).toEqual(
      names.map((name) => (name === 'b' ? 'waiting' : 'succeeded')),
    )
  })

  it('an expectation that somebody holds keeps its own callback waiting, and no other', async () => {
    await using spine = await storedFirst()
    const [held] = await registeredAs(spine, ['a', 'b', 'c'])
    await calledBack(spine, ['a', 'b', 'c'])
    const worker = spine.worker()
    const release = deferred<void>()
    const isHeld = deferred<void>()
    const holder = spine.db.tx(async (tx) => {
      await tx.query('select from becket.expectation where id = $1 for update', [held])
      isHeld.resolve()
      await release.promise
    })
    await isHeld.promise
    const [first, ...others] = (await worker.claim('callback')).sort((one, other) =>
      one.subject < other.subject ? -1 : 1,
    )
    if (first === undefined) throw new Error('nothing was due')
    const waiting = worker.handle(first)
    await handleAll(worker, others)
    expect((await states(spine)).map(({ state }) => state)).toEqual(['waiting', 'succeeded', 'succeeded'])
    release.resolve()
    await Promise.all([holder, waiting])
    expect((await states(spine)).map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded'])
  })

  it('a process that took some of them over has those alone: each is recorded once', async () => {
    await using spine = await storedFirst()
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const ids = await registeredAs(spine, names)
    await calledBack(spine, names)
    const [slow, fast] = [spine.worker('slow'), spine.worker('fast')]
    const late = await slow.claim('callback')
    await spine.pass(MINUTE)
    const taken = await fast.claim('callback', 3)
    const [lost] = await Promise.all([handleAll(slow, late), handleAll(fast, taken)])
    expect([...lost.keys()].sort()).toEqual(taken.map(({ subject }) => subject).sort())
    for (const error of lost.values()) expect(error).toBeInstanceOf(LostLease)
    expect(await fates(spine)).toEqual(names.map(() => 'matched'))
    for (const id of ids) expect(await spine.evidence(id)).toEqual(['callback:succeeded:settled'])
    expect(await spine.wakeups('callback')).toEqual([])
  })

  it('two processes that claim at the same time share them, and settle each once', async () => {
    await using spine = await storedFirst()
    const names = Array.from({ length: 24 }, (_, index) => `n${index}`)
    const ids = await registeredAs(spine, names)
    for (const status of ['working', 'done'] as const) {
      await Promise.all(
        names.map((name) => spine.callBack({ id: `ext-${name}`, status, eventId: `${name}/${status}` })),
      )
    }
    const workers = [spine.worker('one'), spine.worker('two')]
    for (let round = 0; round < 4; round++) {
      const claims = await Promise.all(workers.map((worker) => worker.claim('callback', 12)))
      const failed = await Promise.all(workers.map((worker, index) => handleAll(worker, claims[index] ?? [])))
      expect(failed.map(({ size }) => size)).toEqual([0, 0])
    }
    expect(new Set((await states(spine)).map(({ state }) => state))).toEqual(new Set(['succeeded']))
    for (const id of ids) expect(await spine.evidence(id)).toHaveLength(2)
    expect(await spine.wakeups('callback')).toEqual([])
  })

  it('a signal that comes meanwhile is not swallowed: it falls due for that', async () => {
    await using spine = await storedFirst()
    await registeredAs(spine, ['a', 'b'])
    const [again = ''] = await calledBack(spine, ['a', 'b'])
    const worker = spine.worker()
    const claims = await worker.claim('callback')
    await spine.db.query(
      `update becket.wakeup set seq = seq + 1, next_due = clock_timestamp() where lane = 'callback' and subject = $1`,
      [again],
    )
    expect(await handleAll(worker, claims)).toEqual(new Map())
    expect(await spine.wakeups('callback')).toMatchObject([{ subject: again, owner: null, lapses: 0 }])
    await worker.drain()
    expect(await fates(spine)).toEqual(['matched', 'matched'])
  })
})

describe('a process that dies while it matches', () => {
  it('before the commit has done nothing: whoever comes next does all of it', async () => {
    await using spine = await storedFirst()
    const names = ['a', 'b', 'c']
    const ids = await registeredAs(spine, names)
    await calledBack(spine, names)
    const dying = workerOn(
      spine,
      around(spine.db, {
        inside: () => {
          throw brokenConnection()
        },
      }),
    )
    const failed = await handleAll(dying, await dying.claim('callback'))
    expect(failed.size).toBe(3)
    expect(await fates(spine)).toEqual(names.map(() => 'received'))
    expect(await spine.count('evidence')).toBe(0)
    await spine.pass(MINUTE)
    await spine.worker().drain()
    expect(await fates(spine)).toEqual(names.map(() => 'matched'))
    for (const id of ids) expect(await spine.evidence(id)).toEqual(['callback:succeeded:settled'])
  })

  it('after the commit has done everything: nothing is left to be done twice', async () => {
    await using spine = await storedFirst()
    const names = ['a', 'b', 'c']
    const ids = await registeredAs(spine, names)
    await calledBack(spine, names)
    const { tx } = spine.db
    const dying = workerOn(spine, {
      ...spine.db,
      tx: async (work, options) => {
        await tx(work, options)
        throw brokenConnection()
      },
    })
    const claims = await dying.claim('callback')
    expect((await handleAll(dying, claims)).size).toBe(3)
    await Promise.all(claims.map((claim) => retryWakeup(spine.db, claim)))
    await spine.pass(MINUTE)
    await spine.worker().drain()
    for (const id of ids) expect(await spine.evidence(id)).toEqual(['callback:succeeded:settled'])
    expect(await spine.wakeups('callback')).toEqual([])
  })
})
