/**
 * Writes down every request to third parties, in batches and behind their backs: no request waits for its row. While the
 * database is away the newest are kept, and what had to be dropped is counted. Keeps no bodies and no headers.
 */
import type { Db } from '../db/db.ts'
import type { Log } from '../observe/log.ts'
import type { RequestRecord } from '../outbound/outbound.ts'
import { newId } from '../store/new-id.ts'
import { insertRequests, type NewRequest } from '../store/requests.ts'
import { createLoop, type Service } from './loop.ts'

export interface RequestLog extends Service {
  record(request: RequestRecord): void
}

// 250 ms: who looks at what has just happened sees it, at four statements a second and process.
const EVERY_MS = 250
const BATCH = 200
// 5,000: some minutes of a busy process, and a few megabytes.
const KEPT = 5_000

export function createRequestLog({ db, log }: { db: Db; log: Log }): RequestLog {
  let waiting: NewRequest[] = []
  let dropped = 0
  let isStarted = false

  async function write(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, BATCH)
      await insertRequests(db, batch)
      // By id, since the oldest may have been dropped meanwhile.
      const written = new Set(batch)
      waiting = waiting.filter((request) => !written.has(request))
    }
    if (dropped === 0) return
    log.warn({ dropped }, 'requests were not written down: the database was away for too long')
    dropped = 0
  }

  const loop = createLoop({
    name: 'request log',
    pauseMs: EVERY_MS,
    log,
    async round() {
      await write()
      return undefined
    },
  })

  return {
    ...loop,
    record(request) {
      // Its id says to which day it belongs.
      waiting.push({ ...request, id: newId('request'), atMs: Date.now() })
      if (waiting.length > KEPT) {
        waiting.shift()
        dropped += 1
      }
      if (waiting.length === BATCH) loop.poke()
    },
    async start() {
      isStarted = true
      await loop.start()
    },
    async stop() {
      await loop.stop()
      // Never started, there was no database to write to, and asking it once more would hold up the stop.
      if (!isStarted) return
      await write().catch((error: unknown) => {
        log.warn({ requests: waiting.length, err: error }, 'the last requests were not written down')
      })
    },
  }
}
