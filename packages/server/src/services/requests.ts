/** What went out to third parties, for people. */
import type { Page, Request, RequestQuery } from '@becket/client/contract'
import type { Db } from '../db/db.ts'
import { listRequests } from '../store/requests.ts'
import { pageOf, time } from './paging.ts'

export function createRequestService({ db }: { db: Db }) {
  async function list(query: RequestQuery): Promise<Page<Request>> {
    const rows = await listRequests(db, {
      source: query.source ?? null,
      subject: query.subject ?? null,
      failed: query.failed ?? null,
      before: query.cursor ?? null,
      limit: query.limit,
    })
    return pageOf(rows, query.limit, (row) => ({ ...row, at: time(row.at) }))
  }
  return { list }
}
