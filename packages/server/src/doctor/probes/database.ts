/**
 * Climbs to a database, from its name to what a session outlives there, by each URL that it might be reached by. Logs in
 * once by each, and by none whose password was refused elsewhere on the same host. Writes nothing and locks nothing of anybody's.
 */
import type { Resolve } from './addresses.ts'
import type { Connect } from './connecting.ts'
import { type DatabaseFacts, readFacts } from './database-facts.ts'
import { judgeRefusal } from './database-login.ts'
import { openSession, type Session } from './database-session.ts'
import { type DatabaseTarget, readTarget } from './database-target.ts'
import { type Deadlines, defaultDeadlines, type Way, wayRungs } from './database-way.ts'
import { type ClockReading, judgeClock } from './judge-clock.ts'
import {
  becketsMode,
  type EndpointKind,
  endpointKind,
  judgeConnections,
  judgeMode,
  judgeRights,
  judgeVersion,
  type ModeInUse,
  runsWith,
} from './judge-database.ts'
import { type Answer, climb, type Rung } from './ladder.ts'
import { createLoginRecord, type LoginRecord } from './login-record.ts'
import { fail, type ProbeReport, pass, unknown } from './report.ts'
import { createScrub } from './scrub.ts'
import { examineMode } from './session-mode.ts'

export interface DatabaseProbeOptions {
  signal: AbortSignal
  /** Other URLs that might work; each is tried in the same way. */
  candidates?: readonly string[]
  mode?: ModeInUse
  schema?: string
  /** How many connections all pools of all instances may open together. */
  wantedConnections?: number | null
  /** It is Becket's own, under the data directory. */
  embedded?: boolean
  toleranceMs?: number
  deadlines?: Partial<Deadlines>
  resolve?: Resolve
  connect?: Connect
  /** Milliseconds since 1970. */
  now?(): number
}

export interface DatabaseLadder {
  target: string
  /** Without the password. */
  shown: string
  reports: ProbeReport[]
  /** A service that depends on what `mode` says would run by it. */
  works: boolean
  kind: EndpointKind | null
  clock: ClockReading | null
}

export async function probeDatabase(url: string, options: DatabaseProbeOptions): Promise<DatabaseLadder[]> {
  const logins = createLoginRecord()
  const urls = [...new Set([url, ...(options.candidates ?? [])])]
  const names = urls.map((_, index) => (index === 0 ? 'database' : `candidate ${index}`))
  return Promise.all(urls.map((one, index) => climbTo(names[index] ?? 'database', one, options, logins)))
}

async function climbTo(
  name: string,
  url: string,
  options: DatabaseProbeOptions,
  logins: LoginRecord,
): Promise<DatabaseLadder> {
  const target = readTarget(url)
  const scrub = createScrub([target?.password, target === null ? url : null])
  if (target === null) {
    const ask = async () =>
      fail(
        'NET01',
        'the URL cannot be read',
        'Write postgres://user:password@host:5432/name, with characters such as # / ? @ in the password percent-encoded.',
      )
    const rung: Rung = { name: 'url', code: 'NET01', limitMs: 1_000, late: unknown('not read'), ask }
    const { reports } = await climb(name, [rung], { scrub, signal: options.signal })
    return { target: name, shown: '(an unreadable database URL)', reports, works: false, kind: null, clock: null }
  }
  const found: Found = { kind: null, clock: null, runs: false }
  const sessions = createSessions()
  try {
    const rungs = databaseRungs(target, { ...options, logins, found, sessions })
    const { reports, reachedTop } = await climb(name, rungs, { scrub, signal: options.signal })
    const { kind, clock, runs } = found
    const works = reachedTop && runs && reports.every(({ status, rung }) => status === 'pass' || !essential.has(rung))
    return { target: name, shown: target.shown, reports, works, kind, clock }
  } finally {
    await sessions.close()
  }
}

interface Found {
  kind: EndpointKind | null
  clock: ClockReading | null
  /** The service needs nothing of a session that is lost here. */
  runs: boolean
}

/** Of these each must hold before a service can be said to run by this URL; the others are worth knowing. */
const essential: ReadonlySet<string> = new Set(['resolve', 'authenticate', 'query', 'rights'])

interface RungOptions extends DatabaseProbeOptions {
  logins: LoginRecord
  found: Found
  sessions: Sessions
}

/** Whatever was opened, to be closed; what opens after its rung was given up is closed at once. */
interface Sessions {
  add(session: Session): Promise<void>
  first(): Session | undefined
  close(): Promise<void>
}

function createSessions(): Sessions {
  const open: Session[] = []
  let isOver = false
  return {
    async add(session) {
      if (isOver) await session.close()
      else open.push(session)
    },
    first: () => open[0],
    async close() {
      isOver = true
      await Promise.all(open.map((session) => session.close()))
    },
  }
}

function databaseRungs(target: DatabaseTarget, options: RungOptions): Rung[] {
  const { found, sessions, mode = becketsMode, schema = 'becket', now = Date.now } = options
  const deadlines = { ...defaultDeadlines, ...options.deadlines }
  const way: Way = { addresses: [], chosen: null }
  let facts: DatabaseFacts | null = null

  async function open(): Promise<Session> {
    const session = await openSession({
      url: target.url,
      address: way.chosen?.address ?? null,
      port: target.port,
      limitMs: deadlines.loginMs,
      ...(options.connect !== undefined && { connect: options.connect }),
    })
    await sessions.add(session)
    return session
  }

  async function authenticate(): Promise<Answer> {
    return options.logins.once(target, async () => {
      try {
        await open()
        return { seen: pass(`${target.user} was let in`), isPassword: false }
      } catch (error) {
        return judgeRefusal(error, target)
      }
    })
  }

  async function query(): Promise<Answer> {
    const session = sessions.first()
    if (session === undefined) return unknown('nobody is logged in')
    await session.query('select 1')
    facts = await readFacts(session, schema, now)
    return facts === null ? unknown('it answered without a row') : judgeVersion(facts)
  }

  async function askMode(signal: AbortSignal): Promise<Answer> {
    const first = sessions.first()
    if (first === undefined) return unknown('nobody is logged in')
    let second: Session
    try {
      second = await open()
    } catch (error) {
      return { ...judgeRefusal(error, target).seen, goesOn: true }
    }
    const seen = await examineMode(first, second, signal)
    found.kind = endpointKind(seen, { host: target.host, port: target.port, embedded: options.embedded === true })
    found.runs = runsWith(seen, mode)
    const answer = judgeMode(seen, mode)
    return { ...answer, goesOn: true, evidence: `${found.kind}: ${answer.evidence}` }
  }

  async function askClock(): Promise<Answer> {
    if (facts === null) return unknown('it did not tell its time')
    found.clock = { of: 'the database', skewMs: facts.skewMs, uncertaintyMs: facts.uncertaintyMs }
    return { ...judgeClock(found.clock, options.toleranceMs), goesOn: true }
  }

  const rung = (name: string, code: Rung['code'], ask: Rung['ask'], limitMs = deadlines.queryMs): Rung => {
    return { name, code, limitMs, late: { ...unknown(`no answer within ${limitMs} ms`) }, ask }
  }
  const ofFacts = (judge: (known: DatabaseFacts) => Answer) => async (): Promise<Answer> =>
    facts === null ? unknown('it did not say') : { ...judge(facts), goesOn: true }
  return [
    ...(target.host === null ? [] : wayRungs({ ...options, target: { ...target, host: target.host }, way, deadlines })),
    // Twice the time: another URL with the same password may be trying it first.
    rung('authenticate', 'KEY01', authenticate, 2 * deadlines.loginMs + 500),
    rung('query', 'DB12', query),
    rung('mode', 'DB05', askMode),
    rung(
      'rights',
      'DB12',
      ofFacts((known) => judgeRights(known, schema)),
    ),
    rung(
      'connections',
      'DB11',
      ofFacts((known) => judgeConnections(known, options.wantedConnections ?? null)),
    ),
    rung('clock', 'CLK01', askClock),
  ]
}
