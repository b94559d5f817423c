/**
 * Writes rows so that one that Airtable refuses fails alone, and finds the one to write to where the table has two of the
 * same run id. Deletes nothing. Knows no attachments.
 */
import type { DeliveryAnswer, DeliveryError } from '../../core/delivery.ts'
import { isPlain, type Refusal, rejectionOf } from './refusal.ts'
import type { Cells } from './row.ts'
import type { Asked, Table } from './table.ts'

export type Written =
  /** `twins`: other rows with the same run id, which were left as they are. */
  | { kind: 'written'; recordId: string; twins: string[] }
  | { kind: 'rejected'; error: DeliveryError }
  | { kind: 'stopped'; answer: DeliveryAnswer; isLimit: boolean }

export interface Row {
  runId: string
  /** The row is there already, and is written to whatever else is. */
  recordId: string | null
  cells: Cells
}

export interface Writing {
  table: Table
  /** For what is said of a refusal. */
  sink: string
  signal: AbortSignal
}

/** One outcome for each row, in the same order. */
export async function writeRows(rows: readonly Row[], writing: Writing): Promise<Written[]> {
  const [only] = rows
  if (only === undefined) return []
  const asked = await writeTogether(rows, writing)
  if (asked.kind === 'done') return asked.value.map(({ id }) => ({ kind: 'written', recordId: id, twins: [] }))
  if (asked.kind === 'stopped') return rows.map(() => asked)
  if (rows.length === 1) return [await writeAlone(only, asked.refusal, writing)]
  // One of them is wrong: none was written. Halves find it in fewer requests than one by one.
  const middle = Math.ceil(rows.length / 2)
  const first = await writeRows(rows.slice(0, middle), writing)
  const stop = first.find((written) => written.kind === 'stopped')
  if (stop !== undefined) return [...first, ...rows.slice(middle).map(() => stop)]
  return [...first, ...(await writeRows(rows.slice(middle), writing))]
}

/** All of a table are found in the same way. */
function writeTogether(rows: readonly Row[], { table, signal }: Writing): Promise<Asked<{ id: string }[]>> {
  const known = rows.flatMap(({ recordId, cells }) => (recordId === null ? [] : [{ id: recordId, cells }]))
  if (known.length === rows.length) return table.update(known, signal)
  return table.upsert(
    rows.map(({ cells }) => cells),
    signal,
  )
}

/** Where Airtable finds several rows to merge into, it takes none: the oldest is the one that others know. */
async function writeAlone(row: Row, refusal: Refusal, { table, sink, signal }: Writing): Promise<Written> {
  if (row.recordId !== null || isPlain(refusal)) return { kind: 'rejected', error: rejectionOf(refusal, sink) }
  const found = await table.twins(row.runId, signal)
  if (found.kind === 'stopped') return found
  const [oldest, ...twins] = found.kind === 'done' ? found.value : []
  if (oldest === undefined || twins.length === 0) return { kind: 'rejected', error: rejectionOf(refusal, sink) }
  const updated = await table.update([{ id: oldest.id, cells: row.cells }], signal)
  return settled(updated, sink, { recordId: oldest.id, twins: twins.map(({ id }) => id) })
}

function settled(asked: Asked<unknown>, sink: string, done: { recordId: string; twins: string[] }): Written {
  switch (asked.kind) {
    case 'done':
      return { kind: 'written', ...done }
    case 'refused':
      return { kind: 'rejected', error: rejectionOf(asked.refusal, sink) }
    case 'stopped':
      return asked
    default:
      return asked satisfies never
  }
}
