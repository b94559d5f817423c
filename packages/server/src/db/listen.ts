/**
 * Tells other processes, and hears from them, that a lane has work: LISTEN and NOTIFY without payload. Only a quicker
 * way to what polling finds anyway; where a transaction pooler swallows notifications, this finds out and says so once.
 */
import { createHash } from 'node:crypto'
import type { Db } from './db.ts'
import { createListener, type Heard } from './listener.ts'
import type { DbLog } from './log.ts'
import { createThrottle } from './throttle.ts'

export interface SignalsOptions {
  /** Where the listening connection goes, asked when it starts; the notifications are sent through `db`. */
  url: string | (() => string)
  db: Db
  log: DbLog
  /** How long our own notification may take before we take the path for deaf. */
  selfTestMs?: number
}

export interface Signals {
  /** Resolves when the first attempt to listen has ended, either way; nobody needs to wait for it. */
  start(): Promise<void>
  stop(): Promise<void>
  /** At most one notification per lane in 50 ms leaves this process. Never fails. */
  notify(lane: string): void
  /** `fn` is called for each notification, and after each gap in which some may have been missed. */
  subscribe(lane: string, fn: () => void): () => void
  readonly listening: boolean
}

// 50 ms: a commit with NOTIFY takes a lock of the whole server; twenty a second and lane do no harm.
const INTERVAL_MS = 50

export function createSignals(options: SignalsOptions): Signals {
  const { db, log } = options
  const subscribers = new Map<string, { lane: string; fns: Set<() => void> }>()
  const throttle = createThrottle({ intervalMs: INTERVAL_MS, send })
  const listener = createListener({
    ...options,
    selfTestMs: options.selfTestMs ?? 2_000,
    selfTestChannel: (id) => channelOf(db.schema, `self_${id}`),
    channels: () => [...subscribers.keys()],
    onHeard: (heard) => wake(heard),
  })

  return {
    start: () => listener.start(),

    async stop() {
      throttle.stop()
      await listener.stop()
    },

    notify: (lane) => throttle.ask(lane),

    subscribe(lane, fn) {
      const channel = channelOf(db.schema, lane)
      const entry = subscribers.get(channel) ?? { lane, fns: new Set() }
      const isNew = entry.fns.size === 0
      entry.fns.add(fn)
      subscribers.set(channel, entry)
      if (isNew) listener.follow(channel)
      return () => void entry.fns.delete(fn)
    },

    get listening() {
      return listener.listening
    },
  }

  async function send(lane: string): Promise<void> {
    const channel = channelOf(db.schema, lane)
    // A deaf process still hears itself.
    if (!listener.listening) wake({ channel })
    try {
      await db.query(`select pg_notify($1, '')`, [channel])
    } catch (error) {
      log.info({ lane, reason: error instanceof Error ? error.message : String(error) }, 'a signal was not sent')
    }
  }

  function wake(heard: Heard): void {
    const woken = heard === 'gap' ? [...subscribers.values()] : [subscribers.get(heard.channel)]
    for (const entry of woken) for (const fn of entry?.fns ?? []) fn()
  }
}

/** PostgreSQL takes at most 63 bytes; a longer name is shortened to its hash, which all processes make alike. */
function channelOf(schema: string, lane: string): string {
  const name = `becket_${schema}_${lane}`
  return name.length <= 63 ? name : `becket_${createHash('sha256').update(name).digest('hex').slice(0, 40)}`
}
