/** The picture of the spool says what it does: each move that is drawn is walked, and no other is seen. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { AppError } from '../../src/core/error.ts'
import { encodeRecord } from '../../src/intake/spool-record.ts'
import { callbackOf, openSpool, type TemporaryDirectory, temporaryDirectory } from './setup.ts'

async function drawn(): Promise<string[]> {
  const page = await readFile(new URL('../../../../docs/state-machines.md', import.meta.url), 'utf8')
  const section = page.split(/^## /m).find((part) => part.startsWith('Spool\n')) ?? ''
  return [...section.matchAll(/^ {2}(\S+) --> (\S+):/gm)].map(([, from, to]) => `${from} → ${to}`).sort()
}

/** Each state that is seen, one after the other. */
async function walking(directory: TemporaryDirectory, notReady: () => AppError | null = () => null) {
  const seen = ['[*]']
  const bench = await openSpool(directory.path, {
    notReady,
    async storeSpooled(callback) {
      look()
      return bench.database.store(callback)
    },
    answers: async () => true,
  })
  function look(): void {
    const { state } = bench.spool.standing()
    if (seen.at(-1) !== state) seen.push(state)
  }
  look()
  return {
    ...bench,
    look,
    moves: () => seen.slice(1).map((state, index) => `${seen[index]} → ${state}`),
    async spool(body: string) {
      await bench.spool.store(callbackOf(body))
      look()
    },
    async round() {
      await bench.round()
      look()
    },
    end: () => bench.spool.close(),
  }
}

test('the states of the spool are those of the picture', async () => {
  await using directory = await temporaryDirectory()
  const first = await walking(directory)
  first.database.become('away')
  await first.spool('one')
  // It answers, and does not take them after all.
  await first.round()
  first.database.become('there')
  await first.round()
  await first.file.put({ id: 'cb_of_another', record: encodeRecord(callbackOf('by another process')) })
  first.look()
  first.database.become('away')
  await first.round()
  await first.end()

  let refusal: AppError | null = null
  const second = await walking(directory, () => refusal)
  await second.end()
  await leaveSomething(directory)
  refusal = new AppError('UNAVAILABLE', 'Becket is not ready; missing: database')
  const third = await walking(directory, () => refusal)
  refusal = null
  await third.round()
  await third.end()

  expect([...new Set([first, second, third].flatMap((each) => each.moves()))].sort()).toEqual(await drawn())
})

async function leaveSomething(directory: TemporaryDirectory): Promise<void> {
  const becket = await openSpool(directory.path)
  await becket.file.put({ id: 'cb_left', record: encodeRecord(callbackOf('left')) })
  await becket.file.close()
}
