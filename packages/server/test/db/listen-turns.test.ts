/** In a file, and so in a process, of its own: the driver warns once in a process. */
import { expect, test } from 'vitest'
import { createSignals } from '../../src/db/listen.ts'
import { silentLog } from '../../src/db/log.ts'
import { testDatabase } from '../database.ts'

test('lanes that are subscribed to at once are listened to one by one, as the driver demands', async () => {
  await using database = await testDatabase()
  const warnings: string[] = []
  const keep = ({ message }: Error) => void warnings.push(message)
  process.on('warning', keep)
  const signals = createSignals({ url: database.url, db: database.db, log: silentLog })
  await signals.start()
  const lanes = ['one', 'two', 'three', 'four']
  // Each is told of the gap before it was listened to.
  await Promise.all(lanes.map((lane) => new Promise<void>((resolve) => signals.subscribe(lane, resolve))))
  await signals.stop()
  process.off('warning', keep)
  expect(warnings).toEqual([])
})
