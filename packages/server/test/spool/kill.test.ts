/** Killed at any moment, with its database away: what was answered 200 is stored once, by whoever starts next. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import { type Child, startChild } from '../child.ts'
import { testDatabase } from '../database.ts'
import { databaseLine } from '../serve/line.ts'
import { until } from '../serve/setup.ts'
import { temporaryDirectory } from './setup.ts'

const receipt = z.object({ callback: z.string() })

test('a server killed while it spools, and again while it drains, loses nothing that it answered and doubles nothing', async () => {
  await using database = await testDatabase()
  await using line = await databaseLine(database.url, 'cut')
  await using directory = await temporaryDirectory()
  await writeFile(
    join(directory.path, 'becket.yaml'),
    stringify({
      port: 0,
      dataDir: join(directory.path, 'data'),
      serverKeys: [{ id: 'test', key: 'test-key-of-the-server' }],
      database: { url: line.url },
      sources: { orders: { provider: 'http', read: { externalId: '/id', status: '/status', succeeded: ['done'] } } },
    }),
  )
  const start = () => startChild(new URL('app-child.ts', import.meta.url), [directory.path])
  const stored = async () => {
    const { rows } = await database.db.query<{ id: string }>('select id from becket.callback order by id')
    return rows.map(({ id }) => id)
  }

  const first = start()
  const accepted = await sendUntilKilled(first, z.string().parse(await first.next()), 300)

  await line.become('whole')
  const second = start()
  await second.next()
  await until(async () => (await stored()).length > 0 || second.process.exitCode !== null)
  second.process.kill('SIGKILL')
  await second.ended

  const third = start()
  await third.next()
  await until(async () => (await stored()).length >= accepted.length)
  third.process.kill('SIGTERM')
  await third.ended
  const ids = await stored()
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toEqual(expect.arrayContaining(accepted))
  // Three servers from source, one after the other: seconds, and more where the machine is busy.
}, 90_000)

/** Ten senders at a time; the ids that were answered with 200. */
async function sendUntilKilled(server: Child, address: string, killAfter: number): Promise<string[]> {
  const accepted: string[] = []
  let number = 0
  async function sendOn(): Promise<void> {
    while (server.process.signalCode === null) {
      number += 1
      const body = JSON.stringify({ id: String(number), status: 'done' })
      const answer = await fetch(`${address}/in/orders`, { method: 'POST', body }).then(
        (response) => response.json(),
        // Killed while it was being asked: nothing was promised.
        () => null,
      )
      const { data } = receipt.safeParse(answer)
      if (data !== undefined) accepted.push(data.callback)
      if (accepted.length >= killAfter) server.process.kill('SIGKILL')
    }
  }
  await Promise.all(Array.from({ length: 10 }, sendOn))
  await server.ended
  return accepted
}
