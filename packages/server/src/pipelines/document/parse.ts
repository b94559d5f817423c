/** The stage `parse`: reads the proven file back and hands it to the parser. */
import type { Db } from '../../db/db.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Breakers } from '../../store/breakers.ts'
import { readDocument } from '../../store/documents.ts'
import type { ProviderStage } from '../pipeline.ts'
import { accessEvents, documentIdOf, readJobData } from './document-job.ts'
import { readFile } from './file-access.ts'

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
      const read = await readFile({
        job,
        storage,
        gate: breakers.gate(`storage:${storage.name}`),
        file: 'raw',
        key: document.rawPath,
        expected: { bytes: document.bytes, sha256: document.sha256.toString('hex') },
        history: readJobData(job).access ?? null,
      })
      if (read.kind === 'not-read') return { kind: 'result', ...read.result }
      return {
        kind: 'submission',
        source,
        operation: 'parse',
        input: null,
        file: { bytes: read.bytes, filename: document.filename, mime: document.mime },
        data: { access: read.record },
        events: accessEvents(job, 'raw', read.record),
      }
    },
  }
}
