/**
 * Results as rows of a table in the user's own database, and the chunks of documents beside them. What was written is
 * written again without harm: a row is found by its key, a chunk by what it is.
 */
import type { Result } from '@becket/client/contract'
import type { DeliveryAnswer } from '../../core/delivery.ts'
import { resolvePointer } from '../../core/json-pointer.ts'
import { describeUrl } from '../../db/database-url.ts'
import { isWanted, skipped } from '../result-types.ts'
import type { Delivery, SinkKind } from '../sink.ts'
import { chunkTableOf } from './chunks.ts'
import type { Place } from './failure.ts'
import { type PostgresOptions, postgresOptions } from './options.ts'
import { pingTarget } from './ping.ts'
import { rowOf, rowTableOf } from './rows.ts'
import { createTarget } from './target.ts'
import { type Answer, type Chunked, createWriting } from './writing.ts'

export const postgresSink: SinkKind<PostgresOptions> = {
  name: 'postgres',
  options: postgresOptions,
  destination: ({ url, table, chunks }) =>
    [describeUrl(url), ...[table, chunks?.table].flatMap((parts) => (parts === undefined ? [] : parts.join('.')))].join(
      ' ',
    ),
  // One queue, so that many rows go in one transaction.
  queue: () => 'rows',
  batchSize: 50,
  retryMs: ({ retry }) => retry,
  create({ id: sink, options, tools }) {
    const target = createTarget({ url: options.url, log: tools.log })
    const table = rowTableOf(options)
    const writing = createWriting({
      target,
      tools,
      rows: table === null ? null : { table, place: rowPlace(sink, options) },
      chunks:
        options.chunks === undefined
          ? null
          : { table: chunkTableOf(options.chunks), place: chunkPlace(sink, options.chunks) },
    })

    /** Two results for one row cannot travel in one statement: the later one waits for the next. */
    function isRepeated(result: Result, seen: Set<string>): boolean {
      if (table === null) return false
      const key = JSON.stringify(rowOf(table, result)[table.key])
      return seen.size === seen.add(key).size
    }

    return {
      async deliver(batch, signal) {
        const answers = new Map<Delivery, DeliveryAnswer>()
        const documents: { delivery: Delivery; chunked: Chunked }[] = []
        const rows: Delivery[] = []
        const seen = new Set<string>()
        for (const delivery of batch) {
          const chunked = options.chunks === undefined ? null : chunkedOf(delivery.result)
          if (!isWanted(delivery.result, options) || (table === null && chunked === null))
            answers.set(delivery, skipped)
          else if (isRepeated(delivery.result, seen)) answers.set(delivery, afterTheOther)
          else if (chunked !== null) documents.push({ delivery, chunked })
          else rows.push(delivery)
        }
        const written = await writing.writeRows(rows, signal)
        rows.forEach((delivery, index) => {
          const answer = written.answers[index]
          if (answer !== undefined) answers.set(delivery, answer)
        })
        let { stopped } = written
        for (const { delivery, chunked } of documents) {
          const one: Answer =
            stopped === null ? await writing.writeDocument(delivery, chunked, signal) : { answer: stopped, stopped }
          answers.set(delivery, one.answer)
          stopped = one.stopped
        }
        return batch.map((delivery) => answers.get(delivery) ?? afterTheOther)
      },
      ping: (signal) => pingTarget(target, signal),
      close: () => target.close(),
    }
  },
}

const afterTheOther: DeliveryAnswer = {
  kind: 'later',
  afterMs: 0,
  reason: 'another result for the same row goes first',
}

/** A document that is done, and how many chunks it is said to have. */
function chunkedOf(result: Result): Chunked | null {
  if (result.type !== 'job.done') return null
  const documentId = resolvePointer(result, '/output/documentId')
  const count = resolvePointer(result, '/output/chunks')
  if (typeof documentId !== 'string') return null
  return { documentId, expected: typeof count === 'number' ? count : null }
}

function rowPlace(sink: string, { table = [], key }: PostgresOptions): Place {
  return { sink, table: table.join('.'), columns: 'columns', unique: [key] }
}

function chunkPlace(sink: string, { table, columns }: NonNullable<PostgresOptions['chunks']>): Place {
  const { document, chunker, version, ordinal } = columns
  const unique = [document, chunker, version, ordinal].filter((name) => name !== null)
  return { sink, table: table.join('.'), columns: 'chunks.columns', unique }
}
