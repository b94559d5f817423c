/** Sends the files of a row themselves where they are small. Only what is not there yet: Airtable keeps every copy it gets. */
import type { DeliveryAnswer } from '../../core/delivery.ts'
import type { Storage } from '../../storage/storage.ts'
import { rejectionOf } from './refusal.ts'
import type { Enclosure } from './row.ts'
import type { Table, TableRecord } from './table.ts'

type Wanted = Readonly<Record<string, readonly Enclosure[]>>

// What Airtable takes at once.
const MAX_UPLOAD_BYTES = 5 * 1024 * 1024

/** The fields whose files are all ours and small: the others are linked to, since a field is written as a whole. */
export async function fieldsToUpload(wanted: Wanted, storage: Storage): Promise<string[]> {
  const fields: string[] = []
  for (const [field, files] of Object.entries(wanted)) {
    const looked = await Promise.all(files.map(({ at }) => (at.kind === 'stored' ? storage.head(at.key) : null)))
    if (looked.every((look) => look?.kind === 'found' && look.bytes <= MAX_UPLOAD_BYTES)) fields.push(field)
  }
  return fields
}

export interface Uploading {
  table: Table
  storage: Storage
  sink: string
  signal: AbortSignal
}

export type Uploaded = { kind: 'sent' } | { kind: 'stopped'; answer: DeliveryAnswer; isLimit: boolean }

export async function uploadMissing(
  record: TableRecord,
  wanted: Wanted,
  { table, storage, sink, signal }: Uploading,
): Promise<Uploaded> {
  for (const [field, files] of Object.entries(wanted)) {
    for (const { at, filename, contentType } of missingOf(record.fields[field], files)) {
      if (at.kind !== 'stored') continue
      const read = await storage.get(at.key)
      if (read.kind !== 'found') {
        const error = { code: 'FILE_NOT_READABLE', message: `${filename}: ${read.reason}`, retryable: true }
        return { kind: 'stopped', answer: { kind: 'retry', error }, isLimit: false }
      }
      const file = { filename, contentType, bytes: read.bytes }
      const asked = await table.upload({ recordId: record.id, field }, file, signal)
      if (asked.kind === 'stopped') return asked
      if (asked.kind === 'refused') {
        const error = rejectionOf(asked.refusal, sink)
        return { kind: 'stopped', answer: { kind: 'rejected', error }, isLimit: false }
      }
    }
  }
  return { kind: 'sent' }
}

/** By name, each as often as it is wanted. */
function missingOf(present: unknown, files: readonly Enclosure[]): Enclosure[] {
  const entries: readonly unknown[] = Array.isArray(present) ? present : []
  const names = entries.map((entry) =>
    typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'filename') : null,
  )
  return files.filter(({ filename }) => {
    const at = names.indexOf(filename)
    if (at >= 0) names.splice(at, 1)
    return at < 0
  })
}
