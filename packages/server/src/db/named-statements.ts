/**
 * Names for the statements that a connection sends again and again, so that PostgreSQL parses and plans them once. Only on
 * a connection that is PostgreSQL's own: behind a pooler, the next transaction may be on another server connection, which
 * has never heard of the name. See docs/decisions/0016-named-statements.md.
 */
import type pg from 'pg'
import { sha256 } from '../core/digest.ts'

/** What one connection calls its statements. */
export interface NamedStatements {
  /** Before each use of the connection, outside of any transaction. Sends what has to go ahead, and waits for nothing. */
  begin(): void
  /** The name under which to send this text; undefined: none. */
  nameOf(text: string): string | undefined
}

// The third time: what is sent once or twice is not worth its memory at the server.
const USES_BEFORE = 2
// 200 plans of some 50 kB at the server, for each connection; what comes later goes unnamed.
const MOST_NAMES = 200
// Texts that are made at run time must not fill the memory here.
const MOST_TEXTS = 1_000
// 10 bytes of the text's hash: should a pooler pass for a server after all, a name that somebody else gave means the same text
// there, or is refused. By a mere number, it would be another statement, and run with our values.
const NAME_BYTES = 10
// A plan fits the tables as they were when it was made, and a young installation grows: made anew after 1 s, then each time
// after twice as long, up to a minute. PostgreSQL itself does so only when it has analyzed a table.
const FIRST_PLANS_MS = 1_000
const PLANS_MS = 60_000

/** What it needs of a connection that is open. `processID`: of the server's process, as whoever took the connection told it. */
export interface Connected {
  processID?: number | null
  query(text: string): Promise<pg.QueryResult>
}

/** `mayName`: asked each time, for what is found out later. `now`: milliseconds of a clock that never goes back. */
export function createNamedStatements(
  connection: Connected,
  { mayName, now }: { mayName: () => boolean; now: () => number },
): NamedStatements {
  const uses = new Map<string, number>()
  const names = new Map<string, string>()
  let isDirect: boolean | undefined
  let plansMs = FIRST_PLANS_MS
  let freshUntilMs = 0

  // A pooler tells a number of its own making, since it has no one process to name.
  function probe(): void {
    isDirect = false
    connection.query('select pg_backend_pid() as pid').then(
      ({ rows }) => {
        isDirect = rows[0]?.pid === connection.processID
        freshUntilMs = now() + plansMs
      },
      // Whatever ails the connection, the statement behind this one says so.
      () => {},
    )
  }

  function dropOldPlans(): void {
    if (names.size === 0 || now() < freshUntilMs) return
    plansMs = Math.min(plansMs * 2, PLANS_MS)
    freshUntilMs = now() + plansMs
    // Old plans answer rightly too; a connection that broke says so at its next statement.
    connection.query('discard plans').catch(() => {})
  }

  return {
    begin() {
      if (isDirect === undefined) probe()
      else dropOldPlans()
    },

    nameOf(text) {
      if (isDirect !== true || !mayName()) return undefined
      const name = names.get(text)
      if (name !== undefined) return name
      const count = (uses.get(text) ?? 0) + 1
      if (count === 1 && uses.size >= MOST_TEXTS) return undefined
      uses.set(text, count)
      if (count <= USES_BEFORE || names.size >= MOST_NAMES) return undefined
      const given = `becket_${sha256(text).toString('hex', 0, NAME_BYTES)}`
      names.set(text, given)
      return given
    },
  }
}
