/** Killed at any moment, with its database away: what was answered 200 is stored once, by whoever starts next. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { z } from 'zod'
import { freePort } from '../chaos/listen-on.ts'
import { type ServerProcess, startServer } from '../chaos/server.ts'
import { testDatabase } from '../database.ts'
import { databaseLine } from '../serve/line.ts'
import { until } from '../serve/setup.ts'
import { temporaryDirectory } from './setup.ts'

const receipt = z.object({ callback: z.string() })

test('a server killed while it spools, and again while it drains, loses nothing that it answered and doubles nothing', async () => {
  await using database = await testDatabase()
  await using line = await databaseLine(database.url, 'cut')
  await using directory = await temporaryDirectory()
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const configFile = join(directory.path, 'becket.yaml')
  await writeFile(
    configFile,
    stringify({
      port,
      dataDir: join(directory.path, 'data'),
      serverKeys: [{ id: 'test', key: 'test-key-of-the-server' }],
      database: { url: line.url },
      sources: { orders: { provider: 'http', read: { externalId: '/id', status: '/status', succeeded: ['done'] } } },
    }),
  )
  const logFile = join(directory.path, 'server.log')
  await using started = keeper()
  const start = () => started.keep(startServer({ configFile, cwd: directory.path, port, logFile }))
  const stored = async () => {
    const { rows } = await database.db.query<{ id: string }>('select id from becket.callback order by id')
    return rows.map(({ id }) => id)
  }

  const first = start()
  await until(() => listens(url))
  const accepted = await sendUntilKilled(first, url, 300)

  await line.become('whole')
  const second = start()
  await until(async () => (await stored()).length > 0 || second.hasEnded())
  second.kill('SIGKILL')
  await second.ended

  const third = start()
  await until(async () => (await stored()).length >= accepted.length || third.hasEnded())
  third.kill('SIGTERM')
  expect(await third.ended).toBe(0)
  const ids = await stored()
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toEqual(expect.arrayContaining(accepted))
  // Three servers, one after the other: seconds, and more where the machine is busy.
}, 90_000)

/** Ends what was started, also where the test did not come to its end. */
function keeper() {
  const kept: ServerProcess[] = []
  return {
    keep(server: ServerProcess): ServerProcess {
      kept.push(server)
      return server
    },
    async [Symbol.asyncDispose]() {
      for (const server of kept) server.kill('SIGKILL')
      await Promise.all(kept.map(({ ended }) => ended))
    },
  }
}

/** It takes callbacks as soon as it listens; ready it is only with its database. */
async function listens(url: string): Promise<boolean> {
  try {
    await (await fetch(`${url}/livez`)).arrayBuffer()
    return true
  } catch {
    return false
  }
}

/** Ten senders at a time; the ids that were answered with 200. */
async function sendUntilKilled(server: ServerProcess, address: string, killAfter: number): Promise<string[]> {
  const accepted: string[] = []
  let number = 0
  async function sendOn(): Promise<void> {
    while (!server.hasEnded() && accepted.length < killAfter) {
      number += 1
      const body = JSON.stringify({ id: String(number), status: 'done' })
      const answer = await fetch(`${address}/in/orders`, { method: 'POST', body }).then(
        (response) => response.json(),
        // Killed while it was being asked: nothing was promised.
        () => null,
      )
      const { data } = receipt.safeParse(answer)
      if (data !== undefined) accepted.push(data.callback)
      if (accepted.length >= killAfter) server.kill('SIGKILL')
    }
  }
  await Promise.all(Array.from({ length: 10 }, sendOn))
  await server.ended
  return accepted
}
