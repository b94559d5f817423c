/**
 * Fetches the attachments that were written as addresses, later, as Airtable does, and serves them from here on. Calls only
 * what it may reach, and never says why it failed: a cell that was not filled stays as it was.
 */
import type { AirtableFaults } from '../faults/faults.ts'
import type { Luck } from '../faults/luck.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { type FetchedFile, fetchFile } from '../stage/fetch-file.ts'
import { faultOfAddress, type Reach } from '../stage/reach.ts'
import { pause, type Tasks } from '../stage/tasks.ts'
import type { Attachment } from './cells.ts'

export interface Fetcher {
  /** Returns at once. `strikes` says, and writes down, whether a fault of this request befalls the attachment. */
  fetchLater(order: FetchOrder): void
  /** Files it as it is, without an address. */
  keep(recordId: string, attachment: Attachment, file: FetchedFile): void
  /** Undefined: unknown, or not fetched yet. */
  find(id: string): FetchedFile | undefined
}

export interface FetchOrder {
  recordId: string
  attachment: Attachment
  luck: Luck
  faults: AirtableFaults
  strikes(name: 'slowAttachment' | 'deadAttachment'): boolean
}

export interface FetcherOptions {
  ledger: Ledger
  reach: Reach
  tasks: Tasks
  /** Where a fetched file is read from now on. */
  urlOf(id: string, filename: string): string
  /** How long Airtable takes at least. */
  delayMs: number
  timeScale: number
}

export function createFetcher(options: FetcherOptions): Fetcher {
  const { ledger, reach, tasks, urlOf, delayMs, timeScale } = options
  const files = new Map<string, FetchedFile>()

  function note(order: FetchOrder, outcome: 'written' | 'fetched' | 'dead' | 'refused', why: string | null = null) {
    const { recordId, attachment } = order
    const { id: attachmentId, size: bytes } = attachment
    ledger.record({ kind: 'attachment', recordId, attachmentId, outcome, bytes, why })
  }

  function fill(attachment: Attachment, file: FetchedFile): void {
    files.set(attachment.id, file)
    const filename = attachment.filename ?? (new URL(attachment.url).pathname.split('/').at(-1) || 'file')
    attachment.filename = filename
    attachment.size = file.bytes.length
    attachment.type = file.type
    attachment.url = urlOf(attachment.id, filename)
  }

  async function fetchNow(order: FetchOrder, signal: AbortSignal): Promise<void> {
    const { attachment, luck, faults } = order
    const slow = order.strikes('slowAttachment') ? luck.ms('slowAttachment/by', faults.slowAttachment?.by) : 0
    await pause((delayMs + slow) * timeScale, signal)
    if (order.strikes('deadAttachment')) return note(order, 'dead', 'fault')
    const fault = faultOfAddress(attachment.url, reach, 'url')
    if (fault !== null) return note(order, 'refused', fault)
    const file = await fetchFile(attachment.url, signal)
    if (typeof file === 'string') return note(order, 'dead', file)
    fill(attachment, file)
    note(order, 'fetched')
  }

  return {
    fetchLater(order) {
      note(order, 'written')
      tasks.run((signal) => fetchNow(order, signal))
    },
    keep(recordId, attachment, file) {
      fill(attachment, file)
      const { id: attachmentId, size: bytes } = attachment
      ledger.record({ kind: 'attachment', recordId, attachmentId, outcome: 'fetched', bytes, why: null })
    },
    find: (id) => files.get(id),
  }
}
