/**
 * Reads the text of a PDF with pdf.js, on this thread, page by page. A page without text gives an empty page: there is
 * no recognition of scans here, and nothing is made up. Does not queue; see `extractor.ts`.
 */
import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { untilAborted } from '../stage/tasks.ts'
import { type PageText, toPageTexts } from './markdown.ts'
import { type PageLine, type Piece, toLines } from './page-line.ts'
import type { PdfSource } from './pdf-source.ts'
import { loadPdfJs, type PdfJs, pdfJsData } from './pdfjs.ts'

export type PdfReading =
  | { kind: 'read'; pages: PageText[] }
  | { kind: 'unreadable'; code: 'PDF_IS_ENCRYPTED' | 'PDF_IS_BROKEN' | 'UNSUPPORTED_FILE_TYPE'; message: string }

// pdf.js accepts a marker this far from the start, and viewers accept the end marker this far from the end.
const MARKER_REACH = 1024

// 64 kB per read: a few reads for a text page, and little that was not asked for.
const CHUNK_BYTES = 64 * 1024

/** Does not close `source`. */
export async function readPdfText(source: PdfSource, signal: AbortSignal): Promise<PdfReading> {
  const refusal = await refuseByMarkers(source)
  if (refusal) return refusal
  const pdfJs = await loadPdfJs()
  const unread = new AbortController()
  const unreadable = untilAborted(unread.signal)
  const loading = pdfJs.getDocument({
    ...pdfJsData(),
    range: createTransport(pdfJs, source, unread),
    rangeChunkSize: CHUNK_BYTES,
    disableAutoFetch: true,
    disableStream: true,
    verbosity: pdfJs.VerbosityLevel.ERRORS,
    isEvalSupported: false,
    useSystemFonts: false,
    disableFontFace: true,
  })
  try {
    const pages = await Promise.race([readPages(loading.promise, signal), unreadable])
    return { kind: 'read', pages: toPageTexts(pages) }
  } catch (fault) {
    signal.throwIfAborted()
    unread.signal.throwIfAborted()
    return explain(fault)
  } finally {
    const destroyed = loading.destroy()
    // pdf.js waits for ever for bytes that cannot be read, also when it is told to end.
    await Promise.race([destroyed, unreadable]).catch(() => {})
  }
}

async function readPages(opening: Promise<PDFDocumentProxy>, signal: AbortSignal): Promise<PageLine[][]> {
  const document = await opening
  const pages: PageLine[][] = []
  for (let number = 1; number <= document.numPages; number++) {
    signal.throwIfAborted()
    pages.push(toLines(await readPieces(document, number)))
  }
  return pages
}

async function readPieces(document: PDFDocumentProxy, number: number): Promise<Piece[]> {
  const page = await document.getPage(number)
  try {
    const content = await page.getTextContent()
    const pieces: Piece[] = []
    for (const item of content.items) {
      if (!('str' in item)) continue
      const before = pieces.at(-1)
      // A space of its own: it belongs to the word before it, unless it is as wide as the gap between two columns.
      if (item.str.trim() === '') {
        if (before && item.width > 0 && item.width < before.size) before.text += ' '
        continue
      }
      const [a = 0, b = 0, c = 0, d = 0, x = 0, y = 0] = item.transform.map(Number)
      pieces.push({
        text: clean(item.str),
        x,
        y,
        width: item.width,
        // Text that is turned on its side has its size in the other two numbers of the matrix.
        size: Math.hypot(c, d) || Math.hypot(a, b) || item.height,
        rightToLeft: item.dir === 'rtl',
      })
    }
    return pieces
  } finally {
    page.cleanup()
  }
}

/**
 * The characters that were meant. Fonts often name the drawn form (an Arabic letter as it stands inside a word, a Latin
 * ligature, a radical for a Chinese character); fonts without a proper map give control characters and halves of pairs.
 */
function clean(text: string): string {
  return text
    .replace(/[\uFB00-\uFDFF\uFE70-\uFEFC\u2F00-\u2FDF]+/g, (drawn) => drawn.normalize('NFKC'))
    .replace(/[\p{Cc}\p{Cs}]/gu, ' ')
}

/** Lets pdf.js ask for the parts of the file that it needs. Aborts `unread` with the reason when one cannot be read. */
function createTransport({ PDFDataRangeTransport }: PdfJs, source: PdfSource, unread: AbortController) {
  const transport = new PDFDataRangeTransport(source.length, null)
  transport.requestDataRange = (begin: number, end: number) => {
    source.read(begin, Math.min(end, source.length)).then(
      (bytes) => transport.onDataRange(begin, bytes),
      (fault: unknown) => unread.abort(fault),
    )
  }
  return transport
}

async function refuseByMarkers(source: PdfSource): Promise<PdfReading | null> {
  const { length } = source
  const read = async (from: number, to: number) => Buffer.from(await source.read(from, to)).toString('latin1')
  if (length === 0) return { kind: 'unreadable', code: 'PDF_IS_BROKEN', message: 'The file is empty.' }
  if (!(await read(0, Math.min(MARKER_REACH, length))).includes('%PDF-')) {
    return { kind: 'unreadable', code: 'UNSUPPORTED_FILE_TYPE', message: 'The file is not a PDF.' }
  }
  // pdf.js would salvage the first pages of a cut file; half a document passed off as the whole is worse than none.
  if (!(await read(Math.max(0, length - MARKER_REACH), length)).includes('%%EOF')) {
    return { kind: 'unreadable', code: 'PDF_IS_BROKEN', message: 'The PDF ends before its end marker: it was cut off.' }
  }
  return null
}

function explain(fault: unknown): PdfReading {
  const name = fault instanceof Error ? fault.name : ''
  if (name === 'PasswordException') {
    return {
      kind: 'unreadable',
      code: 'PDF_IS_ENCRYPTED',
      message: 'The PDF is encrypted and cannot be opened without its password.',
    }
  }
  const detail = fault instanceof Error ? fault.message : String(fault)
  return { kind: 'unreadable', code: 'PDF_IS_BROKEN', message: `The PDF is broken and cannot be read: ${detail}` }
}
