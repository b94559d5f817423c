/**
 * Documents, from the promise to the proof: registered, uploaded, and only after the object was read back with the
 * promised size and SHA-256, finalized; then its job exists.
 */
import type { CreateDocumentRequest, Document, DocumentQuery, Page } from '@becket/client/contract'
import { keyHash } from '../core/correlation.ts'
import { documentPipeline, isDocumentsOwnFault } from '../core/document-pipeline.ts'
import { AppError } from '../core/error.ts'
import { allFeatures, type Features } from '../core/feature.ts'
import { isUploadSignature, signUpload } from '../core/upload-signature.ts'
import type { Db } from '../db/db.ts'
import { destinationsOf, type Sinks } from '../sinks/sinks.ts'
import {
  type DocumentRow,
  finalizeDocument,
  findFinalized,
  insertDocument,
  listDocuments,
  readDocument,
} from '../store/documents.ts'
import { appendEvents } from '../store/events.ts'
import { type Room, transact } from '../store/handover.ts'
import { insertJob, type JobRow, readJob, readJobs } from '../store/jobs.ts'
import { newId } from '../store/new-id.ts'
import { wake } from '../store/wakeups.ts'
import type { DocumentContent } from './document-content.ts'
import { pageOf, time, timeOrNull } from './paging.ts'
import { byOf, type Principal, type Wait } from './principal.ts'

export interface DocumentServiceOptions {
  db: Db
  room: Room
  content: DocumentContent
  sinks: Sinks
  /** The sinks that results go to where a document names none. */
  deliverTo: readonly string[]
  maxBytes: number
  uploadUrlTtlMs: number
  /** Whether content is sent straight to the storage, where that signs an address for it. */
  directUploads: boolean
  /** Absent: everybody has everything. */
  features?: Features
  /** The first signs, all are accepted. */
  uploadKeys: readonly Buffer[]
  publicUrl: () => string
}

export function createDocumentService(options: DocumentServiceOptions) {
  const { db, room, content, maxBytes, features = allFeatures } = options

  async function create(request: CreateDocumentRequest, by: Principal): Promise<Document> {
    if (request.bytes === 0) throw new AppError('DOCUMENT_EMPTY', `${request.filename} has no content`)
    if (request.bytes > maxBytes) {
      throw new AppError(
        'DOCUMENT_TOO_LARGE',
        `${request.filename} has ${request.bytes} bytes; ${maxBytes} are allowed`,
      )
    }
    if (request.mime !== 'application/pdf') {
      throw new AppError('DOCUMENT_NOT_PDF', `${request.filename} is said to be ${request.mime}`)
    }
    const id = newId('document')
    const sha256 = Buffer.from(request.sha256, 'hex')
    const first = await findFinalized(db, request.owner, sha256)
    const duplicateOf = first !== null && (await standsFor(first)) ? first.id : null
    const names = request.deliverTo ?? options.deliverTo
    const deliverTo = destinationsOf(options.sinks, names, `${documentPipeline.name}/${id}`)
    const row = await insertDocument(db, { ...request, id, sha256, rawPath: `raw/${id}.pdf`, duplicateOf, deliverTo })
    await appendEvents(db, [
      {
        subject: id,
        jobId: first?.jobId ?? null,
        type: duplicateOf === null ? 'document.registered' : 'document.duplicate',
        data: { bytes: row.bytes, duplicateOf, ...byOf(by) },
      },
    ])
    const shown = show(row, null)
    const isDirect = options.directUploads && features.has('directUploads', id)
    if (shown.upload === null || !isDirect) return shown
    return { ...shown, upload: (await content.directUpload(row, options.uploadUrlTtlMs)) ?? shown.upload }
  }

  /** Whether a new upload of the same content adds nothing: unless its job failed for a reason that may pass. */
  async function standsFor(document: DocumentRow): Promise<boolean> {
    const job = document.jobId === null ? null : await readJob(db, document.jobId)
    if (job === null || job.state === 'cancelled') return false
    return job.state !== 'deadletter' || (job.error !== null && isDocumentsOwnFault(job.error))
  }

  function checkUploadSignature(id: string, signed: { expires: string; signature: string }): void {
    if (isUploadSignature(options.uploadKeys, id, signed, Date.now())) return
    throw new AppError('UPLOAD_URL_INVALID', `The upload address of document ${id} is not one of ours, or has expired`)
  }

  /** How large it may be is kept where it is received. */
  async function putContent(id: string, bytes: AsyncIterable<Buffer>): Promise<Document | null> {
    const row = await readDocument(db, id)
    if (row === null) return null
    requireRegistered(row)
    await content.put(row, bytes)
    return show(row, null)
  }

  async function finalize(id: string, by: Principal, wait: Wait): Promise<Document | null> {
    const row = await readDocument(db, id)
    if (row === null) return null
    // Asked again after the answer was lost: the same answer.
    if (row.state !== 'registered') return show(row, row.jobId === null ? null : await readJob(db, row.jobId))
    await content.prove(row, wait)
    const jobId = newId('job')
    const replaceable = await replaceableBy(row)
    await transact(db, room, async (tx, taker) => {
      const finalized = await finalizeDocument(tx, row, jobId, replaceable)
      if (finalized.kind !== 'finalized') return
      const key = row.id
      const input = { documentId: row.id }
      await insertJob(tx, {
        id: jobId,
        pipeline: documentPipeline.name,
        key,
        keyHash: keyHash(documentPipeline.name, 'job', key),
        input,
        stage: 'parse',
        deliverTo: row.deliverTo ?? [],
      })
      const created = { pipeline: documentPipeline.name, documentId: row.id }
      await appendEvents(tx, [
        { subject: row.id, jobId, type: 'document.finalized', data: { bytes: row.bytes, ...byOf(by) } },
        { subject: jobId, jobId, type: 'job.created', data: { ...created, ...features.noteFor(jobId) } },
      ])
      await wake(tx, { lane: 'job', subject: jobId, rank: 0, afterMs: 0 }, taker)
    })
    return get(id)
  }

  /** An earlier document of the same content whose job failed for a reason that may pass gives way to this one. */
  async function replaceableBy(row: DocumentRow): Promise<string | null> {
    const first = await findFinalized(db, row.owner, row.sha256)
    return first !== null && first.id !== row.id && !(await standsFor(first)) ? first.id : null
  }

  async function get(id: string): Promise<Document | null> {
    const row = await readDocument(db, id)
    return row === null ? null : show(row, await jobOf(row))
  }

  /** A duplicate stands where the document that it repeats stands. */
  async function jobOf(row: DocumentRow): Promise<JobRow | null> {
    return row.jobId === null ? null : readJob(db, row.jobId)
  }

  async function list(query: DocumentQuery): Promise<Page<Document>> {
    const rows = await listDocuments(db, {
      owner: query.owner ?? null,
      states: query.state ?? null,
      before: query.cursor ?? null,
      limit: query.limit,
    })
    const jobs = await readJobs(
      db,
      rows.flatMap((row) => (row.jobId === null ? [] : [row.jobId])),
    )
    const page = pageOf(rows, query.limit, (row) =>
      show(row, row.jobId === null ? null : (jobs.get(row.jobId) ?? null)),
    )
    const isWanted = ({ status }: Document) =>
      query.status === undefined || (status !== null && query.status.includes(status))
    return { ...page, items: page.items.filter(isWanted) }
  }

  function show(row: DocumentRow, job: JobRow | null): Document {
    return {
      id: row.id,
      owner: row.owner,
      filename: row.filename,
      mime: row.mime,
      bytes: row.bytes,
      sha256: row.sha256.toString('hex'),
      state: row.state,
      status: statusOf(row, job),
      jobId: row.jobId,
      duplicateOf: row.duplicateOf,
      upload: row.state === 'registered' ? uploadOf(row) : null,
      createdAt: time(row.createdAt),
      finalizedAt: timeOrNull(row.finalizedAt),
    }
  }

  function uploadOf(row: DocumentRow): Document['upload'] {
    const expiresMs = Date.now() + options.uploadUrlTtlMs
    const [key] = options.uploadKeys
    if (key === undefined) throw new Error('there is no key to sign upload addresses with')
    const url = new URL(`/v1/documents/${row.id}/content`, options.publicUrl())
    url.searchParams.set('expires', String(expiresMs))
    url.searchParams.set('signature', signUpload(key, row.id, expiresMs))
    return { url: url.href, method: 'PUT', expiresAt: time(expiresMs), headers: { 'content-type': row.mime } }
  }

  return { create, list, get, checkUploadSignature, putContent, finalize }
}

function statusOf(row: DocumentRow, job: JobRow | null): Document['status'] {
  if (row.state === 'duplicate') return 'duplicate'
  return job === null ? null : documentPipeline.statusOf(job)
}

function requireRegistered(row: DocumentRow): void {
  if (row.state === 'registered') return
  throw new AppError('STATE_CONFLICT', `Document ${row.id} is ${row.state}; its content does not change any more`)
}
