/**
 * Extracts one document at a time, each content once: one PDF's memory is all that is ever held, and the same bytes submitted
 * again are answered from what was read. Files wait on disk.
 */
import { openFileSource } from './pdf-source.ts'
import { type PdfReading, readPdfText } from './pdf-text.ts'

export interface Extractor {
  /** Reads the file at `path`, which may be removed once this resolves. Rejects only when `signal` aborts. */
  extract(sha256: string, path: string, signal: AbortSignal): Promise<PdfReading>
}

// 256 texts of some 100 kB: about 25 MB at worst, in a run of large documents.
const MAX_KEPT = 256

export function createExtractor(): Extractor {
  const kept = new Map<string, Promise<PdfReading>>()
  let last: Promise<unknown> = Promise.resolve()

  async function readInTurn(turn: Promise<unknown>, path: string, signal: AbortSignal): Promise<PdfReading> {
    await turn
    signal.throwIfAborted()
    const source = await openFileSource(path)
    try {
      return await readPdfText(source, signal)
    } finally {
      await source.close()
    }
  }

  return {
    extract(sha256, path, signal) {
      const known = kept.get(sha256)
      if (known) return known
      const reading = readInTurn(last, path, signal)
      last = reading.catch(() => {})
      kept.set(sha256, reading)
      // An aborted reading says nothing about the document.
      reading.catch(() => kept.delete(sha256))
      if (kept.size > MAX_KEPT) {
        const [oldest] = kept.keys()
        if (oldest !== undefined) kept.delete(oldest)
      }
      return reading
    },
  }
}
