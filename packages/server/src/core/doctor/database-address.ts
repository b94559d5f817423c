/**
 * Reads the URL of a PostgreSQL database as far as its text goes: which way it takes, and which project it means. What
 * the address answers, only a connection can say. Gives back no user and no password.
 */
import { projectOfHost } from './host.ts'

export type DatabaseWay =
  /** Straight to a Supabase database. */
  | 'supabase-direct'
  /** The shared pooler, port 5432: a session of its own for every client. */
  | 'session-pooler'
  /** The shared pooler, port 6543: another session for every transaction. */
  | 'transaction-pooler'
  /** PgBouncer beside the database, on the host of the direct address. */
  | 'dedicated-pooler'
  /** Port 6432 is PgBouncer's own; in which mode, its text does not say. */
  | 'some-pooler'
  | 'other'

export interface DatabaseAddress {
  way: DatabaseWay
  host: string
  port: number
  database: string
  /** Of the project, by the host. */
  hostProject: string | null
  /** Of the project, by the user: `postgres.REF`. */
  userProject: string | null
  userHasProject: boolean
  sslmode: string | null
  /** It asks the JavaScript driver for the meaning that all others have. */
  isLibpqCompatible: boolean
}

export type DatabaseReading =
  | { kind: 'read'; address: DatabaseAddress }
  /** The password holds what ends a password. */
  | { kind: 'unescaped' }
  | { kind: 'unreadable' }

const SCHEME = /^postgres(?:ql)?(?:\+[a-z0-9]+)?:\/\//
const POOLER = /\.pooler\.supabase\.com$/

export function readDatabaseAddress(value: string): DatabaseReading {
  const scheme = SCHEME.exec(value)?.[0]
  if (scheme === undefined) return { kind: 'unreadable' }
  const rest = value.slice(scheme.length)
  if (hasUnescapedPassword(rest)) return { kind: 'unescaped' }
  // The host may stand in the query alone, for a socket; of several hosts, the first is looked at.
  const oneHost = rest.replace(/^((?:[^@/?#]*@)?[^,/?#]+),[^/?#]*/, '$1')
  const readable = `http://${oneHost.replace(/^([^/?#]*)@\//, '$1@localhost/')}`
  if (!URL.canParse(readable)) return { kind: 'unreadable' }
  const url = new URL(readable)
  const host = url.hostname.toLowerCase()
  // `http` hides its own port.
  const port =
    url.port === '' ? (/:80(?=[/?#]|$)/.test(rest.slice(rest.indexOf('@') + 1)) ? 80 : 5432) : Number(url.port)
  const user = decoded(url.username)
  return {
    kind: 'read',
    address: {
      way: wayOf(host, port),
      host,
      port,
      database: decoded(url.pathname.slice(1)),
      hostProject: projectOfHost(host),
      userProject: /\.([a-z0-9]{20})$/.exec(user)?.[1] ?? null,
      userHasProject: /^[^.]+\.[^.]+$/.test(user),
      sslmode: url.searchParams.get('sslmode') ?? url.searchParams.get('ssl'),
      isLibpqCompatible: url.searchParams.get('uselibpqcompat') === 'true',
    },
  }
}

function wayOf(host: string, port: number): DatabaseWay {
  if (POOLER.test(host)) return port === 6543 ? 'transaction-pooler' : 'session-pooler'
  if (projectOfHost(host) !== null) return port === 6543 ? 'dedicated-pooler' : 'supabase-direct'
  return port === 6432 ? 'some-pooler' : 'other'
}

/** Which transactions share a session: null where the text does not say. */
export function isTransactionMode({ way }: DatabaseAddress): boolean | null {
  if (way === 'some-pooler') return null
  return way === 'transaction-pooler' || way === 'dedicated-pooler'
}

/**
 * A password may hold no `@ / ? # :`, no blank and no lone `%`. Where one does, the text has several readings; whichever
 * leaves an `@` behind the host is the wrong one.
 */
function hasUnescapedPassword(rest: string): boolean {
  const beforeQuery = rest.split('?')[0] ?? ''
  if (!rest.includes('@')) return false
  const at = rest.indexOf('@')
  const user = rest.slice(0, at)
  const colon = user.indexOf(':')
  const password = colon < 0 ? '' : user.slice(colon + 1)
  if (/[/?#:\s[\]]/.test(password) || /%(?![0-9a-f]{2})/i.test(password)) return true
  // A second one before the query: the first belonged to the password.
  return beforeQuery.slice(at + 1).includes('@') || /#/.test(rest.slice(at + 1))
}

/** The database that is meant, by whichever way: two ways to one database are one. For fingerprints; never shown. */
export function databaseIdentity(value: string): string | null {
  const reading = readDatabaseAddress(value)
  if (reading.kind !== 'read') return null
  const { host, port, database, hostProject, userProject } = reading.address
  const project = hostProject ?? userProject
  return project === null ? `${host}:${port}/${database}` : `supabase:${project}/${database}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
