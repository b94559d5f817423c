/** Several batches of one kind on their way at once: which may leave beside which. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Away, Poison, setup } from '../../test/db/scripted-batch.ts'
import { createBatch } from './batch.ts'

describe('a batch that may leave beside others', () => {
  test('leaves beside another one when it is worth the trip, and not beside more than it may', async () => {
    const { batch, runs, nextRun } = setup({ parallel: 2 })
    const crowd = (name: string) => Array.from({ length: 80 }, (_, index) => batch.add(`${name}${index}`))
    const all = [batch.add('first')]
    const first = await nextRun()
    all.push(batch.add('few'), batch.add('more'))
    await Promise.resolve()
    expect(runs).toHaveLength(1)
    all.push(...crowd('a'))
    const beside = await nextRun()
    expect(beside.items).toHaveLength(82)
    all.push(...crowd('b'))
    await Promise.resolve()
    expect(runs).toHaveLength(2)
    beside.finish()
    const third = await nextRun()
    expect(third.items).toHaveLength(80)
    all.push(batch.add('last'))
    third.finish()
    // What is little is left to the one that is on its way still.
    await Promise.all(all.slice(-81, -1))
    expect(runs).toHaveLength(3)
    first.finish()
    const fourth = await nextRun()
    expect(fourth.items).toEqual(['last'])
    const drained = batch.drain()
    fourth.finish()
    await drained
    expect(await Promise.all(all)).toHaveLength(164)
  })

  test('leaves beside one that is away for unusually long, and not beside one that is as quick as ever', async () => {
    const { batch, runs, nextRun, pass } = setup({ parallel: 3, overtakes: true })
    for (let turn = 0; turn < 20; turn++) {
      const usual = batch.add('usual')
      const run = await nextRun()
      pass(10)
      run.finish()
      await usual
    }
    const all = [batch.add('held up')]
    const held = await nextRun()
    pass(15)
    all.push(batch.add('soon'))
    await Promise.resolve()
    expect(runs).toHaveLength(21)
    pass(15)
    all.push(batch.add('later'))
    const beside = await nextRun()
    expect(beside.items).toEqual(['soon', 'later'])
    // The one that left last has not been away for long.
    all.push(batch.add('last'))
    await Promise.resolve()
    expect(runs).toHaveLength(22)
    beside.finish()
    held.finish()
    ;(await nextRun()).finish()
    expect(await Promise.all(all)).toEqual(['held up!', 'soon!', 'later!', 'last!'])
  })

  describe('of items that have something in common', () => {
    // `a/b 7`: of a and of b.
    const keysOf = (item: string) => item.split(' ')[0]?.split('/') ?? []
    const crowd = (length = 70) => Array.from({ length }, (_, index) => `${index} crowd`)

    test('never has two of them on their way at once: what comes after waits, and its place is kept', async () => {
      const { batch, nextRun, runs } = setup({ parallel: 2, keysOf })
      const all = ['a 1', 'a 2'].map((item) => batch.add(item))
      const first = await nextRun()
      all.push(...['a 3', 'a/b 4', 'b 5', ...crowd()].map((item) => batch.add(item)))
      const beside = await nextRun()
      expect(beside.items).toEqual(crowd())
      beside.finish()
      await all.at(-1)
      // The few are left to the one that holds them up.
      expect(runs).toHaveLength(2)
      first.finish()
      const last = await nextRun()
      expect(last.items).toEqual(['a 3', 'a/b 4', 'b 5'])
      last.finish()
      expect(await Promise.all(all)).toHaveLength(75)
    })

    test('holds nobody up for what has ended, also where it failed', async () => {
      const { batch, nextRun } = setup({ parallel: 2, keysOf })
      const failing = Promise.allSettled(['a 1', 'bad 2'].map((item) => batch.add(item)))
      const first = await nextRun()
      const others = ['a 3', ...crowd()].map((item) => batch.add(item))
      const beside = await nextRun()
      expect(beside.items).not.toContain('a 3')
      first.fail(new Away('gone'))
      expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
      const again = batch.add('a 4')
      beside.finish()
      const last = await nextRun()
      expect(last.items).toEqual(['a 3', 'a 4'])
      last.finish()
      expect(await Promise.all([...others, again])).toHaveLength(72)
    })

    test('never leaves empty: what is free, and comes after something that is not, stays behind it', async () => {
      const { batch, nextRun, runs, pass } = setup({ parallel: 2, overtakes: true, keysOf })
      const all = [batch.add('a 1')]
      const first = await nextRun()
      all.push(batch.add('a/b 2'))
      pass(1_000)
      all.push(batch.add('b 3'))
      await Promise.resolve()
      expect(runs).toHaveLength(1)
      all.push(batch.add('c 4'))
      const beside = await nextRun()
      expect(beside.items).toEqual(['c 4'])
      beside.finish()
      first.finish()
      const last = await nextRun()
      expect(last.items).toEqual(['a/b 2', 'b 3'])
      last.finish()
      expect(await Promise.all(all)).toHaveLength(4)
    })

    test('keeps them together while it is halved', async () => {
      const { batch, nextRun, runs } = setup({ parallel: 2, keysOf })
      const all = Promise.allSettled(['a 1', 'bad 2'].map((item) => batch.add(item)))
      const whole = await nextRun()
      const late = batch.add('a 3')
      const others = crowd().map((item) => batch.add(item))
      const beside = await nextRun()
      whole.fail(new Poison('NUL'))
      ;(await nextRun()).finish()
      const bad = await nextRun()
      expect([bad.items, runs.length]).toEqual([['bad 2'], 4])
      bad.fail(new Poison('NUL'))
      beside.finish()
      const last = await nextRun()
      expect(last.items).toEqual(['a 3'])
      last.finish()
      await Promise.all([late, ...others])
      expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    })
  })
})

test('what has something in common is committed in its order, and never at the same time, whatever goes beside it', async () => {
  const all: readonly string[] = ['a', 'b', 'c', 'd']
  const names = fc.uniqueArray(fc.constantFrom(...all), { maxLength: 2 })
  const arrival = fc.record({ names, isWaitedFor: fc.boolean(), turns: fc.nat(9) })
  await fc.assert(
    fc.asyncProperty(fc.array(arrival, { minLength: 70, maxLength: 300 }), fc.boolean(), async (arrivals, gathers) => {
      const away = new Set<string>()
      const committed: number[] = []
      let most = 0
      let flights = 0
      const batch = createBatch<{ id: number; names: readonly string[]; turns: number }, number>({
        maxItems: 80,
        maxBytes: 1_000,
        maxPendingItems: 1_000,
        parallel: 3,
        overtakes: true,
        gathers,
        keysOf: (item) => item.names,
        sizeOf: () => 1,
        isPoison: () => false,
        async run(items) {
          expect(items).not.toHaveLength(0)
          const mine = new Set(items.flatMap((item) => item.names))
          for (const name of mine) expect(away).not.toContain(name)
          for (const name of mine) away.add(name)
          most = Math.max(most, ++flights)
          for (let turn = 0; turn < 10 * Math.max(...items.map(({ turns }) => turns)); turn++) await Promise.resolve()
          flights--
          for (const name of mine) away.delete(name)
          committed.push(...items.map(({ id }) => id))
          return items.map(({ id }) => id)
        },
      })
      const answers: Promise<number>[] = []
      for (const [id, { isWaitedFor, ...item }] of arrivals.entries()) {
        answers.push(batch.add({ id, ...item }))
        if (isWaitedFor) await Promise.resolve()
      }
      expect(await Promise.all(answers)).toEqual(arrivals.map((_, id) => id))
      for (const name of all) {
        const told = committed.filter((id) => arrivals[id]?.names.includes(name))
        expect(told).toEqual([...told].sort((one, other) => one - other))
      }
      expect(committed).toHaveLength(arrivals.length)
      expect(most).toBeLessThanOrEqual(3)
    }),
    { numRuns: 50 },
  )
})
