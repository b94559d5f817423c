/**
 * The one connection that listens: kept up for ever, and tested by hearing a notification of our own, since behind a
 * transaction pooler LISTEN succeeds and nothing is ever heard. Does not send; see listen.ts.
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { connectionString, describeUrl } from './database-url.ts'
import type { Db } from './db.ts'
import type { DbLog } from './log.ts'

/** A notification; or a gap, after which anything may have been missed. */
export type Heard = { channel: string } | 'gap'

export interface ListenerOptions {
  url: string | (() => string)
  db: Db
  log: DbLog
  selfTestMs: number
  selfTestChannel: (id: string) => string
  /** What to listen to after each connect. */
  channels: () => string[]
  onHeard: (heard: Heard) => void
}

export interface Listener {
  start(): Promise<void>
  stop(): Promise<void>
  follow(channel: string): void
  readonly listening: boolean
}

const CONNECT_MS = 5_000
// 60 s: a connection that a firewall forgot is found out within a minute; polling goes on meanwhile.
const TEST_EVERY_MS = 60_000
const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 30_000
// 10 min: a pooler does not go away by itself, but a configuration may change under a running process.
const DEAF_RETRY_MS = 600_000

export function createListener(options: ListenerOptions): Listener {
  const { db, log } = options
  const url = () => (typeof options.url === 'string' ? options.url : options.url())
  const stopping = new AbortController()
  let current: pg.Client | undefined
  let listening = false
  // Already while the first channels are being followed, so that one added meanwhile is not forgotten.
  let following = false
  let saidDeaf = false
  // The driver takes one statement at a time: channels may be added while others are being followed.
  let turn: Promise<unknown> = Promise.resolve()
  let loop: Promise<void> | undefined
  let endFirstAttempt: () => void = () => {}
  const firstAttempt = new Promise<void>((resolve) => {
    endFirstAttempt = resolve
  })

  return {
    start() {
      loop ??= keepListening()
      return firstAttempt
    },
    async stop() {
      stopping.abort()
      await close(current)
      endFirstAttempt()
      await loop
    },
    follow(channel) {
      if (!following) return
      if (current === undefined) return
      // What was sent until now was missed. If this fails the connection is broken, and the next one follows everything.
      say(current, `listen "${channel}"`).then(
        () => options.onHeard({ channel }),
        () => {},
      )
    },
    get listening() {
      return listening
    },
  }

  async function keepListening(): Promise<void> {
    let retryMs = FIRST_RETRY_MS
    while (!stopping.signal.aborted) {
      const outcome = await listenOnce()
      listening = false
      following = false
      endFirstAttempt()
      if (outcome === 'lost') retryMs = FIRST_RETRY_MS
      const waitMs = outcome === 'deaf' ? DEAF_RETRY_MS : retryMs
      // Jitter, so that the processes of a fleet do not come back in one moment.
      await delay(waitMs * (0.5 + Math.random() / 2), undefined, { signal: stopping.signal, ref: false }).catch(
        () => {},
      )
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
    }
  }

  function say(client: pg.Client, statement: string): Promise<unknown> {
    const said = turn.then(() => client.query(statement))
    turn = said.catch(() => {})
    return said
  }

  /** One connection from its opening to its end. */
  async function listenOnce(): Promise<'unreachable' | 'deaf' | 'lost'> {
    const client = new pg.Client({
      connectionString: connectionString(url()),
      connectionTimeoutMillis: CONNECT_MS,
      keepAlive: true,
    })
    const over = new AbortController()
    client.on('error', () => over.abort())
    client.on('end', () => over.abort())
    current = client
    const end = AbortSignal.any([over.signal, stopping.signal])
    try {
      // Ended while connecting, the driver would leave its promise open.
      await Promise.race([client.connect(), rejectAt(end)])
      if (!(await hearsItself(client, end))) {
        if (!end.aborted) sayDeaf()
        return end.aborted ? 'unreachable' : 'deaf'
      }
      client.on('notification', ({ channel }) => options.onHeard({ channel }))
      following = true
      for (const channel of options.channels()) await say(client, `listen "${channel}"`)
      listening = true
      saidDeaf = false
      log.info({ database: describeUrl(url()) }, 'listening for signals')
      endFirstAttempt()
      options.onHeard('gap')
      while (!end.aborted) {
        await delay(TEST_EVERY_MS, undefined, { signal: end, ref: false }).catch(() => {})
        if (!end.aborted && !(await hearsItself(client, end))) break
      }
      if (!stopping.signal.aborted) log.info({}, 'the listening connection was lost; polling goes on')
      return 'lost'
    } catch (error) {
      // The pool speaks loudly enough of a database that is away.
      log.info({ reason: error instanceof Error ? error.message : String(error) }, 'not listening for signals yet')
      return 'unreachable'
    } finally {
      await close(client)
    }
  }

  /** Through `db`, like every signal: sent on this connection, a pooler would answer it and prove nothing. */
  async function hearsItself(client: pg.Client, end: AbortSignal): Promise<boolean> {
    const channel = options.selfTestChannel(randomBytes(4).toString('hex'))
    const heard = new AbortController()
    const onNotification = (message: pg.Notification) => {
      if (message.channel === channel) heard.abort()
    }
    client.on('notification', onNotification)
    try {
      await say(client, `listen "${channel}"`)
      await db.query(`select pg_notify($1, '')`, [channel])
      const signal = AbortSignal.any([heard.signal, end])
      await delay(options.selfTestMs, undefined, { signal }).catch(() => {})
      if (!end.aborted) await say(client, `unlisten "${channel}"`)
      return heard.signal.aborted
    } finally {
      client.removeListener('notification', onNotification)
    }
  }

  function sayDeaf(): void {
    if (saidDeaf) return
    saidDeaf = true
    log.warn(
      { database: describeUrl(url()) },
      'notifications do not arrive, as behind a transaction pooler: polling finds the work, a moment later',
    )
  }

  async function close(client: pg.Client | undefined): Promise<void> {
    await client?.end().catch(() => {})
  }
}

function rejectAt(end: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => reject(new Error('the connection ended'))
    if (end.aborted) onAbort()
    else end.addEventListener('abort', onAbort, { once: true })
  })
}
