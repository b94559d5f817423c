import fc from 'fast-check'
import { expect, it } from 'vitest'
import { brokenAtTheEnd, brokenNow } from './model-invariants.ts'
import { startModel } from './model-run.ts'
import { scene } from './model-scenes.ts'

// Another seed each time on a developer's machine, the same one where a change is judged; a failure names its seed, and
// BECKET_TEST_SEED repeats it.
const seed = Number(process.env.BECKET_TEST_SEED ?? (process.env.CI === undefined ? Date.now() % 2 ** 31 : 64_004_669))
const runs = process.env.BECKET_TEST_RUNS
const numRuns = Number(runs ?? 50)
// A minute in all on a machine that is busy with other tests: what is not drawn then is drawn another time. Whoever asks
// for more waits for all of it.
const limitMs = runs === undefined ? 50_000 : numRuns * 4_000

it('holds the invariants through every order of submits, callbacks, checks, deliveries, crashes and operators', {
  timeout: limitMs + 190_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(scene, async (drawn) => {
      await using run = await startModel(drawn)
      for (const [index, command] of drawn.commands.entries()) {
        await run.carryOut(command)
        expect({ index, broken: await brokenNow(run) }).toEqual({ index, broken: [] })
      }
      await run.end()
      expect(await brokenAtTheEnd(run)).toEqual([])
      await run.wakeTheDead()
      await run.end()
      expect(await brokenAtTheEnd(run)).toEqual([])
    }),
    { seed, numRuns, interruptAfterTimeLimit: limitMs },
  )
})
