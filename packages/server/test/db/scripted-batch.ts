/** A batch whose database commits when the test says so, by a clock that the test sets. */
import { type BatchOptions, createBatch } from '../../src/db/batch.ts'

/** The fault of one item. */
export class Poison extends Error {}

/** The fault of all. */
export class Away extends Error {}

export function setup(options: Partial<Omit<BatchOptions<string, string>, 'run' | 'isPoison' | 'now'>> = {}) {
  let clockMs = 0
  const runs: { items: readonly string[]; finish: () => void; fail: (error: Error) => void }[] = []
  const arrivals: (() => void)[] = []
  const batch = createBatch<string, string>({
    maxItems: 100,
    maxBytes: 1_000,
    sizeOf: (item) => item.length,
    ...options,
    now: () => clockMs,
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
  const pass = (ms: number) => {
    clockMs += ms
  }
  return { batch, runs, nextRun, pass }
}
