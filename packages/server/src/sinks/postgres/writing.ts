/**
 * Writes deliveries into the tables of a sink: rows many at a time, halved until one that cannot be taken fails alone; a
 * document with its chunks in a transaction of its own. Knows no SQL beside what `rows.ts` and `chunks.ts` made.
 */
import type { DeliveryAnswer } from '../../core/delivery.ts'
import type { Delivery, SinkTools } from '../sink.ts'
import type { ChunkTable } from './chunks.ts'
import { type Failure, type Place, readFailure } from './failure.ts'
import { type Row, type RowTable, rowOf, upsertRows } from './rows.ts'
import type { Send, Target } from './target.ts'

// 100 vectors of 1536 numbers are three megabytes of text.
const CHUNKS_PER_STATEMENT = 100

export interface WritingOptions {
  target: Target
  rows: { table: RowTable; place: Place } | null
  chunks: { table: ChunkTable; place: Place } | null
  tools: Pick<SinkTools, 'chunks'>
}

/** Our own side failed: the chunks could not be read, or are not those that the result tells of. */
class ChunksUnread extends Error {
  override readonly name = 'ChunksUnread'
}

export function createWriting({ target, rows, chunks, tools }: WritingOptions) {
  const rowStatement = rows === null ? '' : upsertRows(rows.table)

  /** Null: all of it is committed. */
  async function attempt(work: (send: Placed) => Promise<void>, signal: AbortSignal): Promise<Failure | null> {
    const places: Place[] = []
    try {
      await target.transaction(
        (send) =>
          work(async (at, text, value) => {
            places.push(at)
            await send(text, JSON.stringify(value))
          }),
        signal,
      )
      return null
    } catch (error) {
      if (signal.aborted)
        return { strikes: 'all', answer: { kind: 'later', afterMs: 0, reason: 'somebody else goes on' } }
      if (error instanceof ChunksUnread) {
        const said = { code: 'CHUNKS_UNREAD', message: error.message, retryable: true }
        return { strikes: 'each', answer: { kind: 'retry', error: said } }
      }
      // Before the first statement, either place will do: it is the connection that failed.
      const place = places.at(-1) ?? rows?.place ?? chunks?.place
      if (place === undefined) throw error
      return readFailure(error, places.length === 0, place)
    }
  }

  async function sendRows(deliveries: readonly Delivery[], send: Placed): Promise<void> {
    if (rows === null) return
    await send(
      rows.place,
      rowStatement,
      deliveries.map(({ result }) => rowOf(rows.table, result)),
    )
  }

  /** A failure that strikes all is the answer for whatever is left: it is not asked for again and again. */
  async function writeRows(deliveries: readonly Delivery[], signal: AbortSignal): Promise<Answers> {
    const failure = deliveries.length === 0 ? null : await attempt((send) => sendRows(deliveries, send), signal)
    if (failure === null) return { answers: deliveries.map((delivery) => delivered(delivery)), stopped: null }
    if (failure.strikes === 'all' || deliveries.length === 1) {
      const stopped = failure.strikes === 'all' ? failure.answer : null
      return { answers: deliveries.map(() => failure.answer), stopped }
    }
    const half = Math.ceil(deliveries.length / 2)
    const first = await writeRows(deliveries.slice(0, half), signal)
    const rest = deliveries.slice(half)
    const { stopped } = first
    const second =
      stopped === null ? await writeRows(rest, signal) : { answers: rest.map((): DeliveryAnswer => stopped), stopped }
    return { answers: [...first.answers, ...second.answers], stopped: second.stopped }
  }

  async function sendChunks(delivery: Delivery, { documentId, expected }: Chunked, send: Placed): Promise<number> {
    if (chunks === null) return 0
    const { table, place } = chunks
    const { result } = delivery
    let count = 0
    let last: Row | null = null
    for await (const piece of readable(tools.chunks(documentId), documentId)) {
      for (let at = 0; at < piece.length; at += CHUNKS_PER_STATEMENT) {
        const part = piece.slice(at, at + CHUNKS_PER_STATEMENT).map((chunk) => table.rowOf(chunk, result))
        await send(place, table.upsert, part)
        last = part.at(-1) ?? last
        count += part.length
      }
    }
    if (last === null || (expected !== null && count !== expected)) {
      throw new ChunksUnread(`${documentId} has ${count} chunks now, and its result tells of ${expected ?? 'some'}`)
    }
    await send(place, table.deleteBeyond, table.beyond(last, count))
    return count
  }

  async function writeDocument(delivery: Delivery, chunked: Chunked, signal: AbortSignal): Promise<Answer> {
    let count = 0
    const failure = await attempt(async (send) => {
      await sendRows([delivery], send)
      count = await sendChunks(delivery, chunked, send)
    }, signal)
    if (failure === null) return { answer: delivered(delivery, count), stopped: null }
    return { answer: failure.answer, stopped: failure.strikes === 'all' ? failure.answer : null }
  }

  function delivered({ result }: Delivery, count?: number): DeliveryAnswer {
    const row = rows === null ? {} : { table: rows.place.table, key: rowOf(rows.table, result)[rows.table.key] }
    return { kind: 'delivered', receipt: { ...row, ...(count !== undefined && { chunks: count }) } }
  }

  return { writeRows, writeDocument }
}

export interface Answers {
  answers: DeliveryAnswer[]
  /** Why it makes no sense to go on now. */
  stopped: DeliveryAnswer | null
}

export interface Answer {
  answer: DeliveryAnswer
  stopped: DeliveryAnswer | null
}

export interface Chunked {
  documentId: string
  expected: number | null
}

type Placed = (place: Place, text: string, value: unknown) => ReturnType<Send>

async function* readable<Piece>(pieces: AsyncIterable<Piece>, documentId: string): AsyncGenerator<Piece> {
  try {
    for await (const piece of pieces) yield piece
  } catch (error) {
    throw new ChunksUnread(`The chunks of ${documentId} could not be read here; it is tried again`, { cause: error })
  }
}
