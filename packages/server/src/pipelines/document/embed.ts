/** The stage `embed`: hands one batch of pieces after another to the embedding service, until every piece has its vector. */
import { z } from 'zod'
import { checkVectors } from '../../core/embedding-check.ts'
import type { Db } from '../../db/db.ts'
import { readUnembedded, type UnembeddedChunk, writeEmbeddings } from '../../store/chunks.ts'
import type { Absorbed, ProviderStage } from '../pipeline.ts'
import { documentIdOf } from './document-job.ts'

export interface EmbedOptions {
  db: Db
  source: string
  model: string
  dimensions: number
  batchSize: number
}

const embedOutput = z.object({ vectors: z.array(z.array(z.number())), model: z.string() })

export function createEmbedStage({ db, source, model, dimensions, batchSize }: EmbedOptions): ProviderStage {
  return {
    kind: 'provider',
    async prepare({ job }) {
      const batch = await readUnembedded(db, documentIdOf(job), batchSize)
      const first = batch[0]
      if (first === undefined) return { kind: 'result', outcome: { kind: 'done' } }
      return {
        kind: 'submission',
        source,
        operation: 'embed',
        input: { texts: batch.map((chunk) => chunk.content), model, dimensions },
        part: String(first.ordinal),
        absorb: (output) => absorb(output, batch, dimensions),
      }
    },
  }
}

/** Vectors are kept with their pieces; the expectation keeps only how many there were. */
function absorb(output: unknown, batch: readonly UnembeddedChunk[], dimensions: number): Absorbed {
  const read = embedOutput.safeParse(output)
  const check = read.success
    ? checkVectors(read.data.vectors, { count: batch.length, dimensions })
    : { kind: 'unreadable' as const, reason: 'the answer holds no vectors' }
  if (!read.success || check.kind !== 'usable') {
    const reason = check.kind === 'usable' ? 'the answer holds no vectors' : check.reason
    return { kind: 'unusable', error: { code: 'EMBEDDING_INVALID', message: reason, retryable: true } }
  }
  const { vectors, model } = read.data
  return {
    kind: 'usable',
    output: { vectors: vectors.length, dimensions, model },
    effects: (tx) =>
      writeEmbeddings(
        tx,
        model,
        batch.map((chunk, index) => ({ id: chunk.id, vector: vectors[index] ?? [] })),
      ),
  }
}
