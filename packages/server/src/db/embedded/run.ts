/** Runs one program of PostgreSQL to its end. Does not start the server; see postmaster.ts. */
import { execFile } from 'node:child_process'
import type { Account } from './account.ts'

// 60 s: initdb takes one on this machine and a few on a loaded or slow one.
const LIMIT_MS = 60_000

/** A clean environment: a `PGDATA` or `PGPORT` of the user's must not reach our server. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP, TMP } = process.env
  return { PATH, SystemRoot, TEMP, TMP, TZ: 'UTC', LC_ALL: 'C' }
}

export interface Ended {
  ok: boolean
  output: string
}

export function run(
  program: string,
  args: readonly string[],
  account: Account | undefined,
  cwd: string,
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = {
      cwd,
      env: serverEnvironment(),
      timeout: LIMIT_MS,
      ...(account === undefined ? {} : { uid: account.uid, gid: account.gid }),
    }
    try {
      execFile(program, [...args], options, (error, stdout, stderr) => {
        const said = `${stdout}${stderr}`.trim()
        resolve({ ok: error === null, output: said === '' && error !== null ? error.message : said })
      })
    } catch (error) {
      // Some systems report a forbidden change of user by throwing.
      resolve({ ok: false, output: error instanceof Error ? error.message : String(error) })
    }
  })
}
