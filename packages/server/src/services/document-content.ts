/**
 * A document's content in the storage: put there, and proven by reading it back. Nothing is claimed of a document that
 * was not seen again, whole. Moves no document; a storage that is failing is left alone by its breaker.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Document } from '@becket/client/contract'
import { AppError } from '../core/error.ts'
import type { Content } from '../storage/content.ts'
import { readContent } from '../storage/proof.ts'
import type { Storage } from '../storage/storage.ts'
import type { Breakers } from '../store/breakers.ts'
import type { DocumentRow } from '../store/documents.ts'
import { time } from './paging.ts'
import type { Wait } from './principal.ts'

export interface DocumentContent {
  /** Null where the storage has not signed an address: then content goes through us. */
  directUpload(row: DocumentRow, ttlMs: number): Promise<Document['upload']>
  /** Throws what the content throws, and what the storage answers. */
  put(row: DocumentRow, bytes: Content): Promise<void>
  /** Throws what is wrong with it. What is not there yet, or not whole, is waited for. */
  prove(row: DocumentRow, wait: Wait): Promise<void>
}

// A reader finds `%PDF-` within the first kilobyte, whatever stands before it (ISO 32000-1, implementation note 13).
const HEADER_WITHIN = 1024

// From 50 ms to 500, each half as long again: a wait costs its document at most as much again as the storage took, and
// the storage a few small questions.
const FIRST_LOOK_MS = 50
const LOOK_FACTOR = 1.5
const LONGEST_LOOK_MS = 500

export function createDocumentContent({
  storage,
  breakers,
}: {
  storage: Storage
  breakers: Breakers
}): DocumentContent {
  async function guarded<Answer extends { kind: string; reason?: string }>(
    call: () => Promise<Answer>,
  ): Promise<Answer> {
    const gate = breakers.gate(`storage:${storage.name}`)
    const admission = await gate.admit()
    if (admission.kind === 'refused') {
      throw new AppError('FILE_ACCESS_CIRCUIT_BREAKER_OPEN', `The storage is left alone after ${admission.reason}`, {
        retryAfterMs: Math.max(1_000, admission.retryAtMs - Date.now()),
      })
    }
    const answer = await call()
    await (answer.kind === 'unavailable' ? gate.faulted(answer.reason ?? 'unavailable') : gate.succeeded())
    return answer
  }

  /** Null: proven. Otherwise what to say when it does not come. Read through, not held: some documents are large. */
  async function lookForWhole(row: DocumentRow): Promise<AppError | null> {
    const answer = await guarded(() => readContent(storage, row.rawPath, HEADER_WITHIN))
    if (answer.kind === 'missing') return notUploaded(row)
    if (answer.kind !== 'found') throw notAccessible(row, answer)
    // A storage that shows an object before it is whole says so by its size: look again before judging.
    if (answer.bytes < row.bytes) return wrongSize(row, answer.bytes, true)
    if (answer.bytes > row.bytes) throw wrongSize(row, answer.bytes, false)
    if (answer.sha256 !== row.sha256.toString('hex')) {
      throw new AppError('DOCUMENT_HASH_MISMATCH', `Document ${row.id} is stored with other content than promised`)
    }
    if (!answer.start.includes('%PDF-')) {
      throw new AppError('DOCUMENT_NOT_PDF', `${row.filename} does not begin as a PDF does`)
    }
    return null
  }

  return {
    async directUpload(row, ttlMs) {
      const request = { method: 'PUT', ttlMs, contentType: row.mime } as const
      const signed = await storage.signedUrl?.(row.rawPath, request)
      if (signed?.kind !== 'url') return null
      return { url: signed.url, method: 'PUT', expiresAt: time(signed.expiresAtMs), headers: signed.headers }
    },

    async put(row, bytes) {
      const answer = await guarded(() => storage.put(row.rawPath, bytes, row.mime))
      if (answer.kind !== 'stored') throw notAccessible(row, answer)
    },

    async prove(row, { waitMs, signal }) {
      const end = performance.now() + waitMs
      for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(LONGEST_LOOK_MS, pauseMs * LOOK_FACTOR)) {
        const absence = await lookForWhole(row)
        if (absence === null) return
        const leftMs = end - performance.now()
        if (leftMs <= 0 || signal.aborted) throw absence
        await rest(Math.min(pauseMs, leftMs), signal)
      }
    },
  }
}

/** Ends early, and quietly, when nobody waits any more. */
async function rest(ms: number, signal: AbortSignal): Promise<void> {
  // It rejects for no other reason than the signal.
  await delay(ms, undefined, { signal }).catch(() => {})
}

function notUploaded(row: DocumentRow): AppError {
  return new AppError('DOCUMENT_NOT_UPLOADED', `The content of document ${row.id} cannot be read back (yet)`, {
    retryable: true,
    retryAfterMs: 1_000,
  })
}

function wrongSize(row: DocumentRow, bytes: number, mayGrow: boolean): AppError {
  return new AppError(
    'DOCUMENT_SIZE_MISMATCH',
    `Document ${row.id}: ${bytes} bytes are stored, ${row.bytes} were promised`,
    { retryable: mayGrow, retryAfterMs: mayGrow ? 1_000 : undefined },
  )
}

function notAccessible(row: DocumentRow, fault: { kind: string; reason: string }): AppError {
  return new AppError('STORAGE_ACCESS_ERROR', `The storage answered ${fault.kind} for document ${row.id}`, {
    cause: new Error(fault.reason),
    retryable: fault.kind === 'unavailable',
    ...(fault.kind === 'unavailable' ? { retryAfterMs: 2_000 } : {}),
  })
}
