/** Judges what a database said of itself, and what a session outlives there. Pure: asks nobody. */
import type { DatabaseFacts } from './database-facts.ts'
import { isDedicatedPooler } from './judge-reach.ts'
import type { Answer } from './ladder.ts'
import { fail, pass, type Seen } from './report.ts'
import type { SessionMode } from './session-mode.ts'

/** What the service that connects depends on. */
export interface ModeInUse {
  preparedStatements: boolean
  /** `helpful`: it is missed, and the service runs without it. */
  listen: boolean | 'helpful'
  advisoryLocks: boolean
}

/** Becket's own: nothing but signals, which are only the quicker way to what polling finds. */
export const becketsMode: ModeInUse = { preparedStatements: false, listen: 'helpful', advisoryLocks: false }

export type EndpointKind = 'direct' | 'session pooler' | 'transaction pooler' | 'dedicated PgBouncer' | 'embedded'

const OLDEST_POSTGRES = 140_000
const SESSION_PORT = 'Use the session pooler (port 5432) or the direct address.'

export function judgeMode(mode: SessionMode, inUse: ModeInUse): Answer {
  const lost: Seen[] = []
  const unused: string[] = []
  const judge = (kept: boolean, used: boolean, what: string, finding: () => Seen) => {
    if (kept) return
    if (used) lost.push(finding())
    else unused.push(what)
  }
  judge(mode.kept.prepared, inUse.preparedStatements, 'named statements', () =>
    fail(
      'DB04',
      'a named statement was gone at its second use',
      `${SESSION_PORT} Or turn named statements off in the driver.`,
    ),
  )
  judge(mode.kept.notification, inUse.listen !== false, 'LISTEN', () =>
    fail(
      'DB05',
      'a notification never came: signals are lost here, and what waits is found by polling only',
      SESSION_PORT,
    ),
  )
  judge(mode.kept.lock, inUse.advisoryLocks, 'advisory locks of a session', () =>
    fail('DB05', 'an advisory lock of the session was not held any more in its next transaction', SESSION_PORT),
  )
  if (!mode.kept.setting) unused.push('settings of a session')
  const [first, ...more] = lost
  if (first !== undefined) return { ...first, more, goesOn: true }
  if (unused.length === 0) return pass('named statements, settings, locks and notifications outlive a transaction')
  return pass(`${unused.join(', ')} do not outlive a transaction, and nothing here depends on that`)
}

/** Whether the service runs all the same. */
export function runsWith({ kept }: SessionMode, inUse: ModeInUse): boolean {
  const lacks = [
    inUse.preparedStatements && !kept.prepared,
    inUse.listen === true && !kept.notification,
    inUse.advisoryLocks && !kept.lock,
  ]
  return !lacks.includes(true)
}

export function endpointKind(
  mode: SessionMode,
  { host, port, embedded }: { host: string | null; port: number; embedded: boolean },
): EndpointKind {
  if (embedded) return 'embedded'
  if (host !== null && isDedicatedPooler(host, port)) return 'dedicated PgBouncer'
  if (mode.moved) return 'transaction pooler'
  // Each login has a server process of its own; that somebody stands between shows in the number of it.
  return mode.behindPooler || /\.pooler\.supabase\.com$/i.test(host ?? '') ? 'session pooler' : 'direct'
}

export function judgeVersion({ version }: DatabaseFacts): Seen {
  const [major, minor] = [Math.floor(version / 10_000), version % 10_000]
  if (version >= OLDEST_POSTGRES) return pass(`PostgreSQL ${major}.${minor} answers`)
  return fail('DB12', `PostgreSQL ${major}.${minor} is too old`, 'Use PostgreSQL 14 or newer.')
}

export function judgeRights(facts: DatabaseFacts, schema: string): Seen {
  const { role, database } = facts
  if (facts.standby) {
    return fail('DB12', `${database} is a standby, which takes no writes`, 'Use the address of the primary.')
  }
  if (facts.readOnly) {
    const reset = `alter database ${quoted(database)} reset default_transaction_read_only; alter role ${quoted(role)} reset default_transaction_read_only;`
    return fail('DB12', `every transaction of ${role} in ${database} is read-only`, reset)
  }
  if (!facts.hasSchema) {
    return facts.mayMakeSchema
      ? pass(`the schema ${schema} is not there yet, and ${role} may make it`)
      : fail(
          'DB12',
          `the schema ${schema} is not there, and ${role} may not make it`,
          `create schema ${quoted(schema)} authorization ${quoted(role)};`,
        )
  }
  if (!facts.mayUse || !facts.mayCreate) {
    const lacking = facts.mayUse ? 'make tables in' : 'use'
    return fail(
      'DB12',
      `${role} may not ${lacking} the schema ${schema}`,
      `grant usage, create on schema ${quoted(schema)} to ${quoted(role)};`,
    )
  }
  if (facts.closedTables.length > 0) {
    return fail(
      'DB12',
      `${role} may not read and write ${facts.closedTables.join(', ')} in the schema ${schema}`,
      `grant select, insert, update, delete on all tables in schema ${quoted(schema)} to ${quoted(role)};`,
    )
  }
  return pass(`${role} may read and write the schema ${schema}`)
}

/** `wanted`: what all pools together may open; null where nobody said. */
export function judgeConnections({ connections, role }: DatabaseFacts, wanted: number | null): Answer {
  if (wanted === null) return pass(`${role} may open ${connections} connections`)
  if (wanted <= connections) return pass(`all pools together open at most ${wanted} of ${connections} connections`)
  const evidence = `all pools together may open ${wanted} connections, and ${role} may have ${connections}`
  return { ...fail('DB11', evidence, 'Lower `database.poolSize`, or run fewer instances.'), goesOn: true }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
