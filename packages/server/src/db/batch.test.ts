import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Away, Poison, setup } from '../../test/db/scripted-batch.ts'
import { createBatch } from './batch.ts'

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

describe('a batch that gathers', () => {
  /** As after so many batches of this size that took 20 ms each. */
  async function used({ batch, nextRun, pass }: ReturnType<typeof setup>, size: number) {
    for (let turn = 0; turn < 10; turn++) {
      const all = Array.from({ length: size }, (_, index) => batch.add(`${index}`))
      pass(10)
      const run = await nextRun()
      pass(20)
      run.finish()
      await Promise.all(all)
    }
  }
  const nextRound = () => new Promise((resolve) => setImmediate(resolve))

  test('takes all that arrives in one round of the event loop', async () => {
    const { batch, nextRun } = setup({ gathers: true })
    const all: Promise<string>[] = []
    for (const item of ['a', 'b', 'c']) {
      await new Promise<void>((resolve) => {
        process.nextTick(() => {
          all.push(batch.add(item))
          resolve()
        })
      })
    }
    const run = await nextRun()
    expect(run.items).toEqual(['a', 'b', 'c'])
    run.finish()
    await Promise.all(all)
  })

  test('waits some milliseconds for company where there was some of late', async () => {
    const bench = setup({ gathers: true })
    const { batch, runs, nextRun, pass } = bench
    await used(bench, 8)
    const all = [batch.add('first')]
    await nextRound()
    await nextRound()
    pass(3)
    expect(runs).toHaveLength(10)
    all.push(batch.add('second'))
    pass(2)
    const run = await nextRun()
    expect(run.items).toEqual(['first', 'second'])
    // Whoever came while it was away has waited already.
    all.push(batch.add('third'))
    pass(20)
    run.finish()
    await nextRound()
    await nextRound()
    expect(runs).toHaveLength(12)
    const drained = batch.drain()
    ;(await nextRun()).finish()
    await Promise.all([...all, drained])
  })

  test('keeps nobody waiting who comes alone, as those before', async () => {
    const bench = setup({ gathers: true })
    const { batch, runs, nextRun } = bench
    await used(bench, 1)
    const alone = batch.add('alone')
    await nextRound()
    await nextRound()
    expect(runs).toHaveLength(11)
    ;(await nextRun()).finish()
    expect(await alone).toBe('alone!')
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
