/**
 * Tests that need a tool from outside the workspace. Without it they are left out by name: skipped here, and listed in
 * the last lines of `npm test`.
 */
import { appendFileSync } from 'node:fs'
import { test } from 'vitest'

const tools = {
  postgres: { name: 'outside PostgreSQL', variable: 'BECKET_TEST_POSTGRES_URL' },
  pgbouncer: { name: 'PgBouncer', variable: 'BECKET_TEST_PGBOUNCER_URL' },
  chromium: { name: 'Chromium', variable: 'BECKET_TEST_CHROMIUM' },
  root: { name: 'root', variable: undefined },
} as const

/** `run` gets the tool's address: a URL or, for Chromium, the program's path. */
export function testWith(
  tool: 'postgres' | 'pgbouncer' | 'chromium',
  name: string,
  run: (at: string) => Promise<void>,
) {
  const at = process.env[tools[tool].variable]
  if (at !== undefined && at !== '') test(name, () => run(at))
  else leaveOut(tool, name)
}

/** Only root can start processes of other users and close folders to them. */
export function testAsRoot(name: string, run: () => Promise<void>) {
  if (process.getuid?.() === 0) test(name, run)
  else leaveOut('root', name)
}

function leaveOut(tool: keyof typeof tools, name: string): void {
  const list = process.env.BECKET_TEST_LEFT_OUT
  if (list !== undefined) appendFileSync(list, `${tools[tool].name}\t${name}\n`)
  test.skip(`${name} (needs ${tools[tool].name})`)
}
