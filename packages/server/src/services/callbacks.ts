/**
 * The debug view of callbacks, and reading them again, as if they had just come: one by hand (replay), or all that no
 * adapter could read, once theirs is mended (release).
 */
import type {
  Callback,
  CallbackQuery,
  CallbackSummary,
  Page,
  Released,
  ReleaseRequest,
  Replay,
} from '@becket/client/contract'
import { formatDuration } from '../core/duration.ts'
import { AppError } from '../core/error.ts'
import { timeOfId } from '../core/id.ts'
import { isDroppedCallback } from '../core/retention.ts'
import type { Db } from '../db/db.ts'
import { adapterOf, type Sources } from '../providers/sources.ts'
import { type CallbackRow, type CallbackSummaryRow, listCallbacks, readCallback } from '../store/callbacks.ts'
import { appendEvents } from '../store/events.ts'
import { type Room, transact } from '../store/handover.ts'
import { takeOrphansOf } from '../store/orphans.ts'
import { listQuarantined, type QuarantinedRow } from '../store/quarantine.ts'
import { wake, wakeAll } from '../store/wakeups.ts'
import { pageOf, time } from './paging.ts'
import { byOf, type Principal } from './principal.ts'

// Behind everything that has just come: a bulk of replays never delays live traffic.
const REPLAY_RANK = -1
// 500 rows a transaction: short enough to stand in nobody's way.
const RELEASE_BATCH = 500

export interface CallbackServiceOptions {
  db: Db
  room: Room
  sources: Sources
  /** How long they are kept; absent: for ever. */
  keptMs?: number
}

export function createCallbackService({
  db,
  room,
  sources,
  keptMs = Number.POSITIVE_INFINITY,
}: CallbackServiceOptions) {
  async function list(query: CallbackQuery): Promise<Page<CallbackSummary>> {
    const rows = await listCallbacks(db, {
      source: query.source ?? null,
      verdicts: query.verdict ?? null,
      fates: query.fate ?? null,
      expectationId: query.expectationId ?? null,
      before: query.cursor ?? null,
      limit: query.limit,
    })
    return pageOf(rows, query.limit, summaryOf)
  }

  /** Null: there is no such callback. Throws where there may have been one, and it would be gone. */
  async function read(id: string): Promise<CallbackRow | null> {
    const row = await readCallback(db, id)
    if (row !== null || !isDroppedCallback(id, keptMs, Date.now())) return row
    const came = time(timeOfId(id)).slice(0, 10)
    throw new AppError(
      'NO_LONGER_KEPT',
      `Callback ${id} is of ${came}; callbacks are kept for ${formatDuration(keptMs)}`,
      {
        hint: 'What it led to stands with its expectation. A longer `retention.callbacks` holds for those still there.',
      },
    )
  }

  async function get(id: string): Promise<Callback | null> {
    const row = await read(id)
    if (row === null) return null
    const isText = isUtf8(row.body)
    return {
      ...summaryOf({ ...row, bodyBytes: row.body.length }),
      headers: row.headers,
      body: row.body.toString(isText ? 'utf8' : 'base64'),
      encoding: isText ? 'utf8' : 'base64',
    }
  }

  async function body(id: string): Promise<Buffer | null> {
    return (await read(id))?.body ?? null
  }

  async function replay(id: string, by: Principal): Promise<Replay | null> {
    const row = await read(id)
    if (row === null) return null
    if (row.fate === 'refused') {
      throw new AppError('STATE_CONFLICT', `Callback ${id} was refused: ${row.verdictReason ?? 'it proved nothing'}`, {
        hint: 'A replay does not make it true. Mend the secret, and have the provider send it again.',
      })
    }
    await transact(db, room, async (tx) => {
      await takeOrphansOf(tx, [id])
      await wake(tx, { lane: 'callback', subject: id, rank: REPLAY_RANK, afterMs: 0 }, null)
      await appendEvents(tx, [{ subject: id, jobId: null, type: 'callback.replayed', data: byOf(by) }])
    })
    return { replayOf: id, wakeup: 'due' }
  }

  /** What still cannot be read comes back to the quarantine, with what could not read it then. */
  async function release(request: ReleaseRequest, by: Principal): Promise<Released> {
    const { reason, dryRun, ids = null, source = null } = request
    const found: QuarantinedRow[] = []
    for (let after: string | null = null; ; ) {
      const rows = await listQuarantined(db, { source, ids, after, limit: RELEASE_BATCH })
      if (!dryRun && rows.length > 0) await releaseBatch(rows, { ...byOf(by), reason })
      found.push(...rows)
      after = rows.at(-1)?.id ?? null
      if (rows.length < RELEASE_BATCH) break
    }
    const quarantined = new Set(found.map(({ id }) => id))
    return {
      released: found.length,
      dryRun,
      groups: groupsOf(found, sources),
      notQuarantined: (ids ?? []).filter((id) => !quarantined.has(id)),
    }
  }

  async function releaseBatch(rows: readonly QuarantinedRow[], data: Record<string, unknown>): Promise<void> {
    await transact(db, room, async (tx, taker) => {
      const subjects = rows.map(({ id }) => id)
      await wakeAll(tx, { lane: 'callback', subjects, rank: REPLAY_RANK }, taker)
      await appendEvents(
        tx,
        subjects.map((subject) => ({ subject, jobId: null, type: 'callback.released', data })),
      )
    })
  }

  return { list, get, body, replay, release }
}

function groupsOf(rows: readonly QuarantinedRow[], sources: Sources): Released['groups'] {
  const groups = new Map<string, Released['groups'][number]>()
  for (const { source, adapter } of rows) {
    const name = `${source} ${adapter}`
    const present = sources.get(source)
    const known = groups.get(name)
    groups.set(name, {
      source,
      adapter,
      presentAdapter: present === undefined ? null : adapterOf(present),
      callbacks: (known?.callbacks ?? 0) + 1,
    })
  }
  return [...groups.values()]
}

function summaryOf(row: CallbackSummaryRow): CallbackSummary {
  return {
    id: row.id,
    source: row.source,
    receivedAt: time(row.receivedAt),
    method: row.method,
    url: row.url,
    bodyBytes: row.bodyBytes,
    verdict: row.verdict,
    verdictReason: row.verdictReason,
    fate: row.fate,
    fateReason: row.fateReason,
    adapter: row.adapter,
    expectationId: row.expectationId,
    duplicateOf: row.duplicateOf,
  }
}

function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    // Not a fault: binary bodies are shown as base64.
    return false
  }
}
