/**
 * The documents that Becket makes for itself do not stay: their objects, chunks and rows are removed as soon as their job
 * has ended, at the latest by the next examination. Their jobs stay, as history does.
 */
import type { Db } from '../db/db.ts'
import type { Log } from '../observe/log.ts'
import { parsedPathOf } from '../pipelines/document/document-job.ts'
import type { Storage } from '../storage/storage.ts'
import { type DocumentRow, deleteDocument, listDocuments, readDocument } from '../store/documents.ts'
import { readJob } from '../store/jobs.ts'
import type { Principal } from './principal.ts'
import type { JobServices } from './services.ts'

export const CANARY_OWNER = 'becket-canary'

export const canary: Principal = { keyId: 'canary', name: 'canary', role: 'admin' }

// 2 min: a trial takes 70 s at the longest, so its process went away, or left its document to us.
const LEFT_MS = 120_000
const AT_ONCE = 50

export interface CanaryDocuments {
  /** Removes what earlier examinations left. The id of one that another process is still at; null: there is none. */
  clear(): Promise<string | null>
  /** One whose job is under way is only cancelled: what it still writes would stay. The next `clear` removes it. */
  remove(id: string): Promise<void>
}

export interface CanaryDocumentOptions {
  db: Db
  storage: Storage
  jobs: Pick<JobServices, 'cancel'>
  log: Log
}

export function createCanaryDocuments({ db, storage, jobs, log }: CanaryDocumentOptions): CanaryDocuments {
  async function clear(): Promise<string | null> {
    const rows = await listDocuments(db, { owner: CANARY_OWNER, states: null, before: null, limit: AT_ONCE })
    let inHand: string | null = null
    for (const row of rows) {
      const isLeft = Date.now() - row.createdAt.getTime() > LEFT_MS
      if (!isLeft && (await isUnderWay(row))) inHand = row.id
      else {
        await cancelJob(row)
        await erase(row)
      }
    }
    return inHand
  }

  async function remove(id: string): Promise<void> {
    const row = await readDocument(db, id)
    if (row === null) return
    if (!(await cancelJob(row))) await erase(row)
  }

  /** One that has no job yet is being uploaded. */
  async function isUnderWay({ jobId }: DocumentRow): Promise<boolean> {
    return jobId === null || (await isOpen(jobId))
  }

  async function isOpen(jobId: string): Promise<boolean> {
    const job = await readJob(db, jobId)
    return job !== null && !['done', 'deadletter', 'cancelled'].includes(job.state)
  }

  /** Whether there was something to cancel. */
  async function cancelJob({ jobId }: DocumentRow): Promise<boolean> {
    if (jobId === null || !(await isOpen(jobId))) return false
    await jobs.cancel(jobId, { reason: 'the examination is over' }, canary).catch((error: unknown) => {
      // It ended this moment: then there is nothing left to cancel.
      log.info({ jobId, err: error }, 'the job of the canary was not cancelled')
    })
    return true
  }

  /** The row goes last: while it is there, the next examination finds what is left. */
  async function erase({ id, rawPath }: DocumentRow): Promise<void> {
    for (const key of [rawPath, parsedPathOf(id)]) {
      const answer = await storage.delete(key)
      if (answer.kind === 'deleted') continue
      log.warn({ documentId: id, reason: answer.reason }, 'a document of the canary is left for the next examination')
      return
    }
    await deleteDocument(db, id)
  }

  return { clear, remove }
}
