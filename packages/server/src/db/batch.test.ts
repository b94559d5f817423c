import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createBatch } from './batch.ts'

class Poison extends Error {}
class Away extends Error {}

/** A database that commits when the test says so. */
function setup(
  options: {
    maxItems?: number
    maxBytes?: number
    maxPendingItems?: number
    parallel?: number
    keysOf?: (item: string) => readonly string[]
  } = {},
) {
  const runs: { items: readonly string[]; finish: () => void; fail: (error: Error) => void }[] = []
  const arrivals: (() => void)[] = []
  const batch = createBatch<string, string>({
    maxItems: options.maxItems ?? 100,
    maxBytes: options.maxBytes ?? 1_000,
    ...(options.maxPendingItems === undefined ? {} : { maxPendingItems: options.maxPendingItems }),
    parallel: options.parallel,
    keysOf: options.keysOf,
    sizeOf: (item) => item.length,
    isPoison: (error) => error instanceof Poison,
    run: (items) =>
      new Promise((resolve, reject) => {
        runs.push({ items, finish: () => resolve(items.map((item) => `${item}!`)), fail: reject })
        arrivals.shift()?.()
      }),
  })
  let taken = 0
  async function nextRun() {
    if (runs.length === taken) await new Promise<void>((resolve) => arrivals.push(resolve))
    const run = runs[taken++]
    if (run === undefined) throw new Error('no run')
    return run
  }
  return { batch, runs, nextRun }
}

describe('a batch', () => {
  test('collects while another is on its way, and answers each caller with its own result', async () => {
    const { batch, nextRun } = setup()
    const first = [batch.add('a'), batch.add('b')]
    const one = await nextRun()
    const second = [batch.add('c'), batch.add('d'), batch.add('e')]
    expect([one.items, batch.pending]).toEqual([['a', 'b'], 5])
    one.finish()
    expect(await Promise.all(first)).toEqual(['a!', 'b!'])
    const two = await nextRun()
    expect(two.items).toEqual(['c', 'd', 'e'])
    two.finish()
    expect(await Promise.all(second)).toEqual(['c!', 'd!', 'e!'])
    expect(batch.pending).toBe(0)
  })

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

  test('is bounded by count and by bytes; an item above the bound goes alone', async () => {
    const { batch, nextRun } = setup({ maxItems: 3, maxBytes: 10 })
    const answers = Promise.all(['1', '2', '3', '4', 'x'.repeat(9), 'y'.repeat(50), '5'].map((item) => batch.add(item)))
    const seen: number[] = []
    for (const _ of [1, 2, 3, 4]) {
      const run = await nextRun()
      seen.push(run.items.length)
      run.finish()
    }
    await answers
    expect(seen).toEqual([3, 2, 1, 1])
  })

  test('lets a poisonous item fail alone', async () => {
    const { batch, nextRun } = setup()
    const answers = Promise.allSettled(['a', 'bad', 'b', 'c'].map((item) => batch.add(item)))
    const sizes: number[] = []
    for (const _ of [1, 2, 3, 4, 5]) {
      const run = await nextRun()
      sizes.push(run.items.length)
      if (run.items.includes('bad')) run.fail(new Poison('NUL'))
      else run.finish()
    }
    expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(sizes).toEqual([4, 2, 1, 1, 2])
  })

  test('fails whole when the database is away, also in the midst of halving', async () => {
    const { batch, nextRun, runs } = setup()
    const answers = Promise.allSettled(['a', 'b', 'c', 'd'].map((item) => batch.add(item)))
    ;(await nextRun()).fail(new Poison('NUL'))
    ;(await nextRun()).finish()
    ;(await nextRun()).fail(new Away('gone'))
    expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
    expect(runs).toHaveLength(3)
  })

  test('refuses more than may wait, and takes on again afterwards', async () => {
    const { batch, nextRun } = setup({ maxPendingItems: 2 })
    const answers = [batch.add('a'), batch.add('b')]
    await expect(batch.add('c')).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 1_000 })
    ;(await nextRun()).finish()
    await Promise.all(answers)
    const again = batch.add('d')
    ;(await nextRun()).finish()
    expect(await again).toBe('d!')
  })

  test('is drained when the last caller is answered', async () => {
    const { batch, nextRun } = setup()
    const answered: string[] = []
    const answer = batch.add('a').then((result) => answered.push(result))
    const drained = batch.drain().then(() => answered.push('drained'))
    ;(await nextRun()).finish()
    await Promise.all([answer, drained])
    expect(answered).toEqual(['a!', 'drained'])
  })
})

test('every caller is answered once, by the truth of its own item, whatever the sizes, poisons and arrivals', async () => {
  const arrival = fc.record({ bytes: fc.nat(40), poison: fc.boolean(), afterTurns: fc.nat(3) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(arrival, { maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      async (arrivals, maxItems) => {
        const committed: number[] = []
        let inFlight = 0
        const batch = createBatch<{ id: number; bytes: number; poison: boolean }, number>({
          maxItems,
          maxBytes: 100,
          maxPendingItems: 1_000,
          maxPendingBytes: 100_000,
          sizeOf: ({ bytes }) => bytes,
          isPoison: (error) => error instanceof Poison,
          async run(items) {
            expect(++inFlight).toBe(1)
            expect(items.length).toBeLessThanOrEqual(maxItems)
            await Promise.resolve()
            inFlight--
            if (items.some(({ poison }) => poison)) throw new Poison('bad')
            committed.push(...items.map(({ id }) => id))
            return items.map(({ id }) => id)
          },
        })
        const outcomes: Promise<PromiseSettledResult<number>[]>[] = []
        for (const [id, { bytes, poison, afterTurns }] of arrivals.entries()) {
          for (let turn = 0; turn < afterTurns; turn++) await Promise.resolve()
          outcomes.push(Promise.allSettled([batch.add({ id, bytes, poison })]))
        }
        const settled = (await Promise.all(outcomes)).flat()
        const expected = arrivals.map(({ poison }, id) => (poison ? 'refused' : id))
        expect(settled.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : 'refused'))).toEqual(expected)
        expect(committed).toEqual(expected.filter((value) => value !== 'refused'))
        expect(batch.pending).toBe(0)
        await batch.drain()
      },
    ),
  )
})

test('what has something in common is committed in its order, and never at the same time, whatever goes beside it', async () => {
  const all: readonly string[] = ['a', 'b', 'c', 'd']
  const names = fc.uniqueArray(fc.constantFrom(...all), { maxLength: 2 })
  const arrival = fc.record({ names, isWaitedFor: fc.boolean(), turns: fc.nat(9) })
  await fc.assert(
    fc.asyncProperty(fc.array(arrival, { minLength: 70, maxLength: 300 }), async (arrivals) => {
      const away = new Set<string>()
      const committed: number[] = []
      let most = 0
      let flights = 0
      const batch = createBatch<{ id: number; names: readonly string[]; turns: number }, number>({
        maxItems: 80,
        maxBytes: 1_000,
        maxPendingItems: 1_000,
        parallel: 3,
        keysOf: (item) => item.names,
        sizeOf: () => 1,
        isPoison: () => false,
        async run(items) {
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
