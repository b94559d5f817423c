/**
 * Fetches the attachments that were written as addresses, later, as Airtable does, and serves them from here on. Calls only
 * what it may reach, and never says why it failed: a cell that was not filled stays as it was.
 */
import type { AirtableFaults } from '../faults/faults.ts'
import type { Luck } from '../faults/luck.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { faultOfAddress, type Reach } from '../stage/reach.ts'
import { pause, type Tasks } from '../stage/tasks.ts'
import type { Attachment } from './cells.ts'

export interface Fetched {
  bytes: Buffer
  type: string
}

export interface Fetcher {
  /** Returns at once. `strikes` says, and writes down, whether a fault of this request befalls the attachment. */
  fetchLater(order: FetchOrder): void
  /** Files it as it is, without an address. */
  keep(recordId: string, attachment: Attachment, file: Fetched): void
  /** Undefined: unknown, or not fetched yet. */
  find(id: string): Fetched | undefined
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

// 10 s and 32 MiB: more than any sample needs, less than would hurt a small machine.
const FETCH_TIMEOUT_MS = 10_000
const MAX_FILE_BYTES = 32 * 1024 * 1024

export function createFetcher(options: FetcherOptions): Fetcher {
  const { ledger, reach, tasks, urlOf, delayMs, timeScale } = options
  const files = new Map<string, Fetched>()

  function note(order: FetchOrder, outcome: 'written' | 'fetched' | 'dead' | 'refused', why: string | null = null) {
    const { recordId, attachment } = order
    const { id: attachmentId, size: bytes } = attachment
    ledger.record({ kind: 'attachment', recordId, attachmentId, outcome, bytes, why })
  }

  function fill(attachment: Attachment, file: Fetched): void {
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
    const file = await readFile(attachment.url, signal)
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

/** The file, or why there is none, without its address, which may be signed. */
async function readFile(url: string, signal: AbortSignal): Promise<Fetched | string> {
  try {
    const answer = await fetch(url, {
      // A redirect could lead where we must not call.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(FETCH_TIMEOUT_MS)]),
    })
    if (answer.status !== 200 || answer.body === null) {
      await answer.body?.cancel()
      return `answered ${answer.status}`
    }
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of answer.body) {
      chunks.push(chunk)
      bytes += chunk.length
      // Leaving the loop cancels the rest.
      if (bytes > MAX_FILE_BYTES) return 'too large'
    }
    const type = answer.headers.get('content-type') ?? 'application/octet-stream'
    return bytes === 0 ? 'empty' : { bytes: Buffer.concat(chunks), type }
  } catch (fault) {
    signal.throwIfAborted()
    return fault instanceof Error && fault.name === 'TimeoutError' ? 'no answer in time' : 'cannot be reached'
  }
}
