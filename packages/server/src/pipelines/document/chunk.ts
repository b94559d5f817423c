/** The stage `chunk`: divides the stored text, and writes the pieces as one set. */
import { createHash } from 'node:crypto'
import { CHUNKER_VERSION, chunkId, chunkMarkdown } from '../../core/chunk.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Breakers } from '../../store/breakers.ts'
import { replaceChunks } from '../../store/chunks.ts'
import type { LocalStage } from '../pipeline.ts'
import { accessEvents, documentIdOf, readJobData } from './document-job.ts'
import { readFile } from './file-access.ts'

export function createChunkStage(options: {
  storage: Storage
  breakers: Breakers
  maxTokens: number
  minTokens: number
}): LocalStage {
  const { storage, breakers, maxTokens, minTokens } = options
  return {
    kind: 'local',
    async run({ job }) {
      const { parsed, parsedAccess } = readJobData(job)
      if (parsed === undefined) return failed('no parsed text was stored')
      const read = await readFile({
        job,
        storage,
        gate: breakers.gate(`storage:${storage.name}`),
        file: 'parsed',
        key: parsed.path,
        expected: parsed,
        history: parsedAccess ?? null,
      })
      if (read.kind === 'not-read') return read.result
      const documentId = documentIdOf(job)
      const chunks = chunkMarkdown(textOf(read.bytes), { maxTokens, minTokens }).map((chunk) => ({
        ...chunk,
        id: chunkId(documentId, CHUNKER_VERSION, chunk.ordinal),
        sha256: createHash('sha256').update(chunk.content).digest(),
      }))
      if (chunks.length === 0) return failed('the text gave no pieces')
      return {
        outcome: { kind: 'done' },
        data: { parsedAccess: read.record, chunks: chunks.length },
        events: [
          ...accessEvents(job, 'parsed', read.record),
          {
            subject: job.id,
            jobId: job.id,
            type: 'document.chunked',
            data: { chunks: chunks.length, chunker: CHUNKER_VERSION },
          },
        ],
        effects: (tx) => replaceChunks(tx, documentId, CHUNKER_VERSION, chunks),
      }
    },
  }
}

// PostgreSQL's text cannot hold U+0000; in a text it means nothing.
function textOf(bytes: Buffer): string {
  return bytes.toString('utf8').replaceAll('\u0000', '')
}

function failed(message: string) {
  const error = { code: 'CHUNKING_FAILED' as const, message, retryable: false }
  return { outcome: { kind: 'fail' as const, error } }
}
