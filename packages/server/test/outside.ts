/**
 * Tests that need a tool from outside the workspace. Without it they are left out by name: skipped here, and listed in
 * the last lines of `npm test`.
 */
import { spawnSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'vitest'
import { canEnter } from '../src/db/embedded/account.ts'

const tools = {
  postgres: { name: 'outside PostgreSQL', variable: 'BECKET_TEST_POSTGRES_URL' },
  pgbouncer: { name: 'PgBouncer', variable: 'BECKET_TEST_PGBOUNCER_URL' },
  pgvector: { name: 'PostgreSQL with pgvector', variable: 'BECKET_TEST_PGVECTOR_URL' },
  chromium: { name: 'Chromium', variable: 'BECKET_TEST_CHROMIUM' },
  ffmpeg: { name: 'FFmpeg', variable: 'BECKET_TEST_FFMPEG' },
  root: { name: 'root', variable: undefined },
  namespace: { name: 'root and `ip netns`', variable: undefined },
  open: { name: 'a checkout and a Node that other users can reach', variable: undefined },
} as const

/** `run` gets the tool's address: a URL or, for Chromium and FFmpeg, the program's path. */
export function testWith(
  tool: 'postgres' | 'pgbouncer' | 'pgvector' | 'chromium' | 'ffmpeg',
  name: string,
  run: (at: string) => Promise<void>,
) {
  const at = process.env[tools[tool].variable]
  if (at !== undefined && at !== '') test(name, () => run(at))
  else leaveOut(tool, name)
}

// 65534 is `nobody` on Linux; an id needs no entry to run processes and to own files.
const ORDINARY_USER = { uid: 65_534, gid: 65_534, name: 'an ordinary user' }

/** Only root can start processes of other users and close folders to them. */
export function testAsRoot(name: string, run: () => Promise<void>) {
  if (process.getuid?.() === 0) test(name, run)
  else leaveOut('root', name)
}

/** `run` gets the name of a network namespace without any route; it goes with the test. */
export function testInNamespace(name: string, run: (namespace: string) => Promise<void>) {
  const namespace = `becket-${process.pid}`
  const change = (verb: 'add' | 'delete') => spawnSync('ip', ['netns', verb, namespace]).status === 0
  // Tried once, since being root is not enough in every container.
  if (process.getuid?.() !== 0 || !change('add') || !change('delete')) return leaveOut('namespace', name)
  test(name, async () => {
    change('add')
    try {
      await run(namespace)
    } finally {
      change('delete')
    }
  })
}

/** `run` gets the id of a user who can start this checkout's programs. */
export async function testWithOrdinaryUser(name: string, run: (uid: number) => Promise<void>) {
  const places = [import.meta.dirname, dirname(process.execPath)]
  const open = await Promise.all(places.map((place) => canEnter(place, ORDINARY_USER)))
  if (process.getuid?.() !== 0) leaveOut('root', name)
  else if (open.includes(false)) leaveOut('open', name)
  else test(name, () => run(ORDINARY_USER.uid))
}

function leaveOut(tool: keyof typeof tools, name: string): void {
  const list = process.env.BECKET_TEST_LEFT_OUT
  if (list !== undefined) appendFileSync(list, `${tools[tool].name}\t${name}\n`)
  test.skip(`${name} (needs ${tools[tool].name})`)
}
