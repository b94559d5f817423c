/** The timeline of what became different about the running system, for people. */
import type { Change, ChangeQuery, Page } from '@becket/client/contract'
import type { Db } from '../db/db.ts'
import { type ChangeRow, listChanges } from '../store/changes.ts'
import { pageOf, time } from './paging.ts'

export function createChangeService({ db }: { db: Db }) {
  async function list(query: ChangeQuery): Promise<Page<Change>> {
    const rows = await listChanges(db, {
      kinds: query.kind ?? null,
      subject: query.subject ?? null,
      before: query.cursor ?? null,
      limit: query.limit,
    })
    return pageOf(rows, query.limit, shownChange)
  }
  return { list }
}

export function shownChange(row: ChangeRow): Change {
  return { ...row, at: time(row.at) }
}
