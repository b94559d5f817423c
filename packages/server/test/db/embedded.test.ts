import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { isAlive } from '../../src/db/embedded/process-state.ts'
import { createEmbedded } from '../../src/db/embedded.ts'
import { silentLog } from '../../src/db/log.ts'
import { createPool } from '../../src/db/pool.ts'
import { type Child, startChild } from '../child.ts'
import { testAsRoot, testWithOrdinaryUser } from '../outside.ts'

const started = z.object({ started: z.object({ url: z.string(), directory: z.string(), adopted: z.boolean() }) })
const refused = z.object({ refused: z.string(), detail: z.string() })

let root: string
let children: Child[]
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'becket-embedded-'))
  await chmod(root, 0o755)
  children = []
})
afterEach(async () => {
  for (const { process: child, ended } of children) {
    child.kill('SIGTERM')
    await ended
  }
  await rm(root, { recursive: true, force: true })
})

function child(options: { dataDir?: string; uid?: number } = {}): Child {
  const { dataDir = join(root, 'data'), uid } = options
  const made = startChild(new URL('embedded-child.ts', import.meta.url), [dataDir, join(root, 'shelter')], {
    ...(uid === undefined ? {} : { uid, gid: uid, cwd: '/' }),
  })
  children.push(made)
  return made
}

function here(dataDir = join(root, 'data')) {
  return createEmbedded({ dataDir, shelter: join(root, 'shelter'), log: silentLog })
}

async function postmasterPid(directory: string): Promise<number> {
  return Number.parseInt(await readFile(join(directory, 'cluster/data/postmaster.pid'), 'utf8'), 10)
}

describe('a start', () => {
  test('that failed is tried anew when it is asked for again', async () => {
    const inTheWay = join(root, 'data', 'postgres-is-at')
    await mkdir(inTheWay, { recursive: true })
    const embedded = here()
    await expect(embedded.start()).rejects.toThrow()
    await rm(inTheWay, { recursive: true })
    expect(await embedded.start()).toMatchObject({ adopted: false })
    await embedded.stop()
  })

  test('makes a database on the first time, finds it again later, and leaves no process behind', async () => {
    const first = here()
    const { url, directory, adopted } = await first.start()
    const db = createPool({ url })
    await db.query('create table kept as select 1 as one')
    await db.close()
    const pid = await postmasterPid(directory)
    await first.stop()
    expect([adopted, await isAlive(pid)]).toEqual([false, false])

    const second = here()
    const again = createPool({ url: (await second.start()).url })
    expect((await again.query('select one from kept')).rows).toEqual([{ one: 1 }])
    await again.close()
    await second.stop()
    await second.stop()
  })

  test('keeps the password to itself, and demands it', async () => {
    const embedded = here()
    const { url, directory } = await embedded.start()
    expect((await stat(join(directory, 'cluster/password'))).mode & 0o777).toBe(0o600)
    const stranger = new URL(url)
    stranger.password = 'guess'
    const db = createPool({ url: stranger.href })
    await expect(db.query('select 1')).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' })
    await db.close()
    await embedded.stop()
  })

  test('sweeps away what a start that died halfway left behind', async () => {
    const leftover = join(root, 'data/postgres/cluster.new-999999999-0badcafe')
    await mkdir(leftover, { recursive: true })
    const embedded = here()
    await embedded.start()
    await embedded.stop()
    expect((await readdir(join(root, 'data/postgres'))).filter((name) => name.includes('cluster'))).toEqual(['cluster'])
  })

  test('is not held up by a pid file whose pid now belongs to another program', async () => {
    const first = here()
    const { directory } = await first.start()
    const pidFile = join(directory, 'cluster/data/postmaster.pid')
    const text = await readFile(pidFile, 'utf8')
    const { uid, gid } = await stat(pidFile)
    await first.stop()
    await writeFile(pidFile, text.replace(/^\d+/, String(process.pid)), { mode: 0o600 })
    await chown(pidFile, uid, gid)
    const second = here()
    expect((await second.start()).adopted).toBe(false)
    await second.stop()
  })

  test('in a folder that cannot be one says so', async () => {
    await writeFile(join(root, 'data'), 'a file')
    await expect(here().start()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' })
  })
})

describe('of several starters', () => {
  test('exactly one wins, also at the very first start; the others name the holder', async () => {
    const starters = [child(), child(), child()]
    const answers = await Promise.all(starters.map((starter) => starter.next()))
    const winners = answers.filter((answer) => started.safeParse(answer).success)
    const losers = answers.flatMap((answer) => refused.safeParse(answer).data ?? [])
    expect(winners).toHaveLength(1)
    expect(losers.map((loser) => loser.refused)).toEqual(['DATA_DIRECTORY_IN_USE', 'DATA_DIRECTORY_IN_USE'])
    const winner = starters.find((_, index) => answers[index] === winners[0])
    expect(losers[0]?.detail).toMatch(new RegExp(`used by process ${winner?.process.pid}, since \\d{4}-`))
  })
})

describe('a holder that was killed', () => {
  test('leaves a server that the next one takes over and ends', async () => {
    const killed = child()
    const before = started.parse(await killed.next()).started
    const pid = await postmasterPid(before.directory)
    killed.process.kill('SIGKILL')
    await killed.ended
    expect(await isAlive(pid)).toBe(true)
    const next = here()
    const after = await next.start()
    expect([after.adopted, after.url]).toEqual([true, before.url])
    await next.stop()
    expect(await isAlive(pid)).toBe(false)
  })

  test('together with its server, is recovered from', async () => {
    const killed = child()
    const { directory, url } = started.parse(await killed.next()).started
    const db = createPool({ url })
    await db.query('create table kept as select 1 as one')
    await db.close()
    process.kill(await postmasterPid(directory), 'SIGKILL')
    killed.process.kill('SIGKILL')
    await killed.ended
    const next = here()
    const again = createPool({ url: (await next.start()).url })
    expect((await again.query('select one from kept')).rows).toEqual([{ one: 1 }])
    await again.close()
    await next.stop()
  })
})

test('a holder whose server dies is told', async () => {
  const holder = child()
  const { directory } = started.parse(await holder.next()).started
  process.kill(await postmasterPid(directory), 'SIGQUIT')
  expect(await holder.next()).toEqual({ lost: expect.any(String) })
})

test('a holder whose server lost one of its processes ends it at once: it would not hear of an orderly end', async () => {
  const holder = child()
  const { url, directory } = started.parse(await holder.next()).started
  const pid = await postmasterPid(directory)
  const db = createPool({ url })
  const { rows } = await db.query<{ pid: number }>(
    `select pid from pg_stat_activity where backend_type = 'checkpointer'`,
  )
  await db.close()
  process.kill(z.number().parse(rows[0]?.pid), 'SIGKILL')
  expect(await holder.next()).toMatchObject({ lost: expect.stringContaining('The embedded PostgreSQL of') })
  const beganMs = performance.now()
  holder.process.kill('SIGTERM')
  expect(await holder.ended).toBe(0)
  expect(await isAlive(pid)).toBe(false)
  expect(performance.now() - beganMs).toBeLessThan(4_000)
})

test('a holder told to go ends its server', async () => {
  const holder = child()
  const pid = await postmasterPid(started.parse(await holder.next()).started.directory)
  holder.process.kill('SIGTERM')
  expect(await holder.ended).toBe(0)
  expect(await isAlive(pid)).toBe(false)
})

describe('as root', async () => {
  testAsRoot('in a folder closed to others, the database lives in the shelter, and is found there again', async () => {
    const closed = join(root, 'closed')
    await mkdir(closed, { mode: 0o700 })
    const dataDir = join(closed, 'data')
    const first = here(dataDir)
    const { directory } = await first.start()
    await first.stop()
    expect(directory.startsWith(join(root, 'shelter'))).toBe(true)
    expect(await readFile(join(dataDir, 'postgres-is-at'), 'utf8')).toBe(`${directory}\n`)
    const second = here(dataDir)
    expect((await second.start()).directory).toBe(directory)
    await second.stop()
    await rm(directory, { recursive: true })
    await expect(here(dataDir).start()).rejects.toMatchObject({ code: 'DATA_DIRECTORY_UNUSABLE' })
  })

  await testWithOrdinaryUser(
    'a database that an ordinary user made is served as that user; not the other way round',
    async (uid) => {
      const dataDir = join(root, 'theirs')
      await mkdir(dataDir)
      await chown(dataDir, uid, uid)
      const theirs = child({ dataDir, uid })
      const { directory } = started.parse(await theirs.next()).started
      theirs.process.kill('SIGTERM')
      expect(await theirs.ended).toBe(0)
      const ours = here(dataDir)
      await ours.start()
      expect((await stat(join(directory, 'cluster/data/postmaster.pid'))).uid).toBe(uid)
      await ours.stop()

      const mine = here(join(root, 'mine'))
      await mine.start()
      await mine.stop()
      const stranger = refused.parse(await child({ dataDir: join(root, 'mine'), uid }).next())
      expect(stranger.refused).toBe('DATA_DIRECTORY_UNUSABLE')
    },
  )
})
