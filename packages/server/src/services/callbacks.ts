/** The debug view of callbacks, and replay: reading one again, as if it had just come. */
import type { Callback, CallbackQuery, CallbackSummary, Page, Replay } from '@becket/client/contract'
import { AppError } from '../core/error.ts'
import type { Db } from '../db/db.ts'
import { type CallbackSummaryRow, listCallbacks, readCallback } from '../store/callbacks.ts'
import { appendEvents } from '../store/events.ts'
import { type Room, transact } from '../store/handover.ts'
import { takeOrphansOf } from '../store/orphans.ts'
import { wake } from '../store/wakeups.ts'
import { pageOf, time } from './paging.ts'
import { byOf, type Principal } from './principal.ts'

// Behind everything that has just come: a bulk of replays never delays live traffic.
const REPLAY_RANK = -1

export function createCallbackService({ db, room }: { db: Db; room: Room }) {
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

  async function get(id: string): Promise<Callback | null> {
    const row = await readCallback(db, id)
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
    return (await readCallback(db, id))?.body ?? null
  }

  async function replay(id: string, by: Principal): Promise<Replay | null> {
    const row = await readCallback(db, id)
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

  return { list, get, body, replay }
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
