/** The stage `parse`: reads the proven file back and hands it to the parser. */
import type { Db } from '../../db/db.ts'
import type { FileContent } from '../../outbound/multipart.ts'
import { streamObject } from '../../storage/object-stream.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Breakers } from '../../store/breakers.ts'
import { readDocument } from '../../store/documents.ts'
import type { ProviderStage } from '../pipeline.ts'
import { accessEvents, documentIdOf, readJobData } from './document-job.ts'
import { type FileRead, type FileToRead, proveFile, readFile } from './file-access.ts'

// 1 MiB: what is larger is read twice, to prove it and to send it, and never held; what is smaller is quicker held.
const HELD_BYTES = 1024 * 1024

export function createParseStage(options: {
  db: Db
  storage: Storage
  breakers: Breakers
  source: string
}): ProviderStage {
  const { db, storage, breakers, source } = options
  return {
    kind: 'provider',
    async prepare({ job }) {
      const document = await readDocument(db, documentIdOf(job))
      if (document === null) {
        const error = { code: 'NOT_FOUND' as const, message: `document ${documentIdOf(job)} is gone`, retryable: false }
        return { kind: 'result', outcome: { kind: 'fail', error } }
      }
      const request: FileToRead = {
        job,
        storage,
        gate: breakers.gate(`storage:${storage.name}`),
        file: 'raw',
        key: document.rawPath,
        expected: { bytes: document.bytes, sha256: document.sha256.toString('hex') },
        history: readJobData(job).access ?? null,
      }
      const read = document.bytes > HELD_BYTES ? await prove(request) : await hold(request)
      if (read.kind === 'not-read') return { kind: 'result', ...read.result }
      return {
        kind: 'submission',
        source,
        operation: 'parse',
        input: null,
        file: { content: read.content, filename: document.filename, mime: document.mime },
        data: { access: read.record },
        events: accessEvents(job, 'raw', read.record),
      }
    },
  }
}

async function hold(request: FileToRead): Promise<FileRead<{ content: FileContent }>> {
  const read = await readFile(request)
  return read.kind === 'read' ? { kind: 'read', record: read.record, content: read.bytes } : read
}

async function prove(request: FileToRead): Promise<FileRead<{ content: FileContent }>> {
  const read = await proveFile(request)
  if (read.kind !== 'read') return read
  const open = () => streamObject(request.storage, request.key)
  return { kind: 'read', record: read.record, content: { bytes: request.expected.bytes, open } }
}
