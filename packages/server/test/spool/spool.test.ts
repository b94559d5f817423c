/** Where callbacks go while the database is there, away or silent, and how they come back. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { AppError } from '../../src/core/error.ts'
import { callbackOf, idsIn, MIB, openSpool, temporaryDirectory } from './setup.ts'

const many = (count: number) => Array.from({ length: count }, (_, index) => callbackOf(`{"id":${index}}`))

describe('the spool', () => {
  test('takes nothing while the database is there', async () => {
    await using directory = await temporaryDirectory()
    await using becket = await openSpool(directory.path)
    expect(await becket.spool.store(callbackOf('one'))).toMatchObject({ fate: 'received' })
    expect(becket.spool.standing()).toMatchObject({ state: 'closed', waiting: 0, oldestMs: null, reason: null })
    expect(becket.wakes()).toBe(0)
  })

  test('takes what the database does not, and gives it back in order when that is there again', async () => {
    await using directory = await temporaryDirectory()
    await using becket = await openSpool(directory.path)
    becket.database.become('away')
    const callbacks = many(450)
    for (const callback of callbacks) expect(await becket.spool.store(callback)).toMatchObject({ fate: 'spooled' })
    expect(becket.spool.standing()).toMatchObject({ state: 'spooling', waiting: 450, reason: 'it is away' })
    expect(becket.wakes()).toBe(1)
    expect(await becket.round()).toBe(500)
    expect(becket.spool.standing().waiting).toBe(450)

    becket.database.become('there')
    expect(await becket.round()).toBeUndefined()
    expect(becket.database.stored).toEqual(callbacks.map(({ id }) => id))
    expect(becket.spool.standing()).toMatchObject({ state: 'closed', waiting: 0, reason: null })
    expect(await becket.spool.store(callbackOf('after'))).toMatchObject({ fate: 'received' })
  })

  test('lets only those wait for a silent database that were first', async () => {
    await using directory = await temporaryDirectory()
    const asked: string[] = []
    await using becket = await openSpool(directory.path, {
      store(callback) {
        asked.push(callback.id)
        return new Promise(() => {})
      },
    })
    const first = callbackOf('first')
    expect(await becket.spool.store(first)).toMatchObject({ fate: 'spooled' })
    for (const callback of many(20)) expect(await becket.spool.store(callback)).toMatchObject({ fate: 'spooled' })
    expect(asked).toEqual([first.id])
  })

  describe('while more comes than the database can take at once', () => {
    afterEach(() => void vi.useRealTimers())

    /** A database that takes ten of the hundred that wait at each `step`. */
    async function underLoad(dataDir: string) {
      const taking: (() => void)[] = []
      const becket = await openSpool(dataDir, {
        afterMs: 500,
        store: (callback) =>
          new Promise((resolve) => taking.push(() => resolve({ id: callback.id, fate: 'received' }))),
      })
      const kept: string[] = []
      vi.useFakeTimers()
      const all = many(100).map((callback) => becket.spool.store(callback).then(({ fate }) => kept.push(fate)))
      const step = async (ms: number) => {
        await vi.advanceTimersByTimeAsync(ms)
        for (const take of taking.splice(0, 10)) take()
        await vi.advanceTimersByTimeAsync(0)
      }
      return { ...becket, all, kept, step }
    }

    test('takes nothing as long as that goes on, however late each of them is', async () => {
      await using directory = await temporaryDirectory()
      const { spool, all, kept, step } = await underLoad(directory.path)
      for (let turn = 0; turn < 10; turn++) await step(150)
      vi.useRealTimers()
      await Promise.all(all)
      expect(new Set(kept)).toEqual(new Set(['received']))
      expect(spool.standing()).toMatchObject({ state: 'closed', reason: null })
      await spool.close()
    })

    test('takes all that wait once that has frozen', async () => {
      await using directory = await temporaryDirectory()
      const { spool, all, kept, step, round } = await underLoad(directory.path)
      for (let turn = 0; turn < 4; turn++) await step(150)
      await vi.advanceTimersByTimeAsync(600)
      vi.useRealTimers()
      await Promise.all(all)
      expect(kept.filter((fate) => fate === 'spooled')).toHaveLength(60)
      expect(spool.standing()).toMatchObject({ state: 'spooling', waiting: 60 })
      await round()
      await spool.close()
    })
  })

  test('lets nobody wait longer than the first that waited too long', async () => {
    await using directory = await temporaryDirectory()
    const outcomes: Promise<never>[] = []
    const never = new Promise<never>(() => {})
    await using becket = await openSpool(directory.path, {
      afterMs: 60_000,
      store: () => outcomes.shift() ?? never,
    })
    const [last, ...others] = many(20).map((callback) => () => becket.spool.store(callback))
    const hanging = others.map((store) => store())
    outcomes.push(Promise.reject(new AppError('DATABASE_UNREACHABLE', 'it is away')))
    expect(await last?.()).toMatchObject({ fate: 'spooled' })
    for (const each of hanging) expect(await each).toMatchObject({ fate: 'spooled' })
  })

  test('leaves alone what the database still has in hand, and drops it when that is stored', async () => {
    await using directory = await temporaryDirectory()
    let go = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    await using becket = await openSpool(directory.path, {
      async store(callback) {
        await held
        return becket.database.store(callback)
      },
    })
    const [slow, next] = [callbackOf('slow'), callbackOf('next')]
    await becket.spool.store(slow)
    await becket.spool.store(next)
    expect(await becket.round()).toBe(500)
    expect(becket.database.stored).toEqual([next.id])
    expect(idsIn(becket.file)).toEqual([slow.id])
    go()
    await expect.poll(becket.round).toBeUndefined()
    expect(becket.database.stored).toEqual([next.id, slow.id])
    expect(idsIn(becket.file)).toEqual([])
  })

  test('drops what a slow database stored after all', async () => {
    await using directory = await temporaryDirectory()
    await using becket = await openSpool(directory.path)
    const [slow, next] = [callbackOf('slow'), callbackOf('next')]
    becket.database.become('silent')
    expect(await becket.spool.store(slow)).toMatchObject({ fate: 'spooled' })
    await becket.spool.store(next)
    becket.database.become('there')
    await expect.poll(becket.round).toBeUndefined()
    expect(becket.database.stored).toEqual([slow.id, next.id])
    expect(idsIn(becket.file)).toEqual([])
  })

  test('keeps what the database could not take in the middle of a batch, and goes on from there', async () => {
    await using directory = await temporaryDirectory()
    let left = 3
    let isBreaking = true
    await using becket = await openSpool(directory.path, {
      async storeSpooled(callback) {
        if (isBreaking && left-- <= 0) throw new AppError('DATABASE_UNREACHABLE', 'it went away again')
        return becket.database.store(callback)
      },
    })
    becket.database.become('away')
    const callbacks = many(10)
    for (const callback of callbacks) await becket.spool.store(callback)
    becket.database.become('there')
    expect(await becket.round()).toBe(500)
    expect(becket.spool.standing()).toMatchObject({ state: 'spooling', waiting: 7, reason: 'it went away again' })
    isBreaking = false
    await becket.round()
    expect(becket.database.stored).toEqual(callbacks.map(({ id }) => id))
  })

  test('sets aside what the database refuses for what it is, and lets the rest pass', async () => {
    await using directory = await temporaryDirectory()
    const callbacks = many(10)
    const poison = callbacks[4]?.id ?? ''
    {
      await using becket = await openSpool(directory.path)
      becket.database.become('away')
      for (const callback of callbacks) await becket.spool.store(callback)
      becket.database.become('there')
      becket.database.refuse([poison])
      await becket.round()
      expect(becket.database.stored).toEqual(callbacks.map(({ id }) => id).filter((id) => id !== poison))
      expect(becket.spool.standing()).toMatchObject({ state: 'closed', waiting: 0, setAside: 1 })
    }
    // The next release may be able to read it.
    await using next = await openSpool(directory.path)
    next.database.become('away')
    await next.spool.store(callbackOf('another'))
    next.database.become('there')
    await next.round()
    expect(next.database.stored[0]).toBe(poison)
    expect(next.spool.standing()).toMatchObject({ waiting: 0, setAside: 0 })
  })

  test('refuses, while the database is there, what that refuses', async () => {
    await using directory = await temporaryDirectory()
    await using becket = await openSpool(directory.path)
    const callback = callbackOf('poison')
    becket.database.refuse([callback.id])
    await expect(becket.spool.store(callback)).rejects.toMatchObject({ code: '22021' })
    expect(becket.spool.standing()).toMatchObject({ state: 'closed', waiting: 0 })
  })

  test('sets a damaged record aside', async () => {
    await using directory = await temporaryDirectory()
    await using becket = await openSpool(directory.path)
    becket.database.become('away')
    await becket.spool.store(callbackOf('good'))
    await becket.file.put({ id: 'cb_damaged', record: Buffer.alloc(40, 1) })
    becket.database.become('there')
    await becket.round()
    expect(becket.spool.standing()).toMatchObject({ waiting: 0, setAside: 1 })
    expect(becket.database.stored).toHaveLength(1)
  })

  test('says no where it is full and the database is away', async () => {
    await using directory = await temporaryDirectory()
    await using becket = await openSpool(directory.path, { maxBytes: MIB })
    becket.database.become('away')
    const large = () => callbackOf(Buffer.alloc(400_000))
    await becket.spool.store(large())
    await becket.spool.store(large())
    await expect(becket.spool.store(large())).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    becket.database.become('there')
  })

  test('keeps everything while the process is not ready, and drains when it is', async () => {
    await using directory = await temporaryDirectory()
    let refusal: AppError | null = new AppError('UNAVAILABLE', 'Becket is not ready; missing: database')
    await using becket = await openSpool(directory.path, { notReady: () => refusal })
    expect(await becket.spool.store(callbackOf('early'))).toMatchObject({ fate: 'spooled' })
    expect(await becket.round()).toBe(500)
    expect(becket.spool.standing()).toMatchObject({ state: 'spooling', waiting: 1 })
    refusal = null
    await becket.round()
    expect(becket.spool.standing()).toMatchObject({ state: 'closed', waiting: 0 })
    expect(becket.database.stored).toHaveLength(1)
  })

  test('accepts nothing that it cannot judge yet', async () => {
    await using directory = await temporaryDirectory()
    const notReady = () => new AppError('UNAVAILABLE', 'Becket is not ready; missing: database')
    const mayNotVouch = () => new AppError('UNAVAILABLE', 'The server key was made just now')
    await using becket = await openSpool(directory.path, { notReady, mayNotVouch })
    await expect(becket.spool.store(callbackOf('one'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(idsIn(becket.file)).toEqual([])
  })

  test('drains at the end, and what the end leaves at the next start', async () => {
    await using directory = await temporaryDirectory()
    const [first, second] = [callbackOf('first'), callbackOf('second')]
    const becket = await openSpool(directory.path)
    becket.database.become('away')
    await becket.spool.store(first)
    becket.database.become('there')
    await becket.spool.close()
    expect(becket.database.stored).toEqual([first.id])

    const another = await openSpool(directory.path)
    another.database.become('away')
    await another.spool.store(second)
    await another.spool.close()
    await using last = await openSpool(directory.path)
    expect(last.spool.standing()).toMatchObject({ state: 'draining', waiting: 1 })
    await last.round()
    expect(last.database.stored).toEqual([second.id])
  })

  test('is drained by two processes on one directory without doubling anything', async () => {
    await using directory = await temporaryDirectory()
    await using one = await openSpool(directory.path)
    await using other = await openSpool(directory.path, {
      storeSpooled: one.database.store,
      findStored: one.database.findStored,
    })
    one.database.become('away')
    const callbacks = many(300)
    for (const callback of callbacks) await one.spool.store(callback)
    one.database.become('there')
    await Promise.all([one.round(), other.round()])
    await Promise.all([one.round(), other.round()])
    expect([...one.database.stored].sort()).toEqual(callbacks.map(({ id }) => id))
    expect(idsIn(one.file)).toEqual([])
  })
})
