import { expect, test } from 'vitest'
import { makeLargePdf } from '../src/index.ts'
import type { PdfSource } from '../src/pdf/pdf-source.ts'
import { readPdfText } from '../src/pdf/pdf-text.ts'
import { makePdf, onePage, type Text } from './fixtures/pdf-bytes.ts'

const sourceOf = (bytes: Buffer): PdfSource => ({
  length: bytes.length,
  read: async (begin, end) => new Uint8Array(bytes.subarray(begin, end)),
  close: async () => {},
})
const read = (bytes: Buffer) => readPdfText(sourceOf(bytes), new AbortController().signal)
const line = (text: string, y: number, size = 12): Text => ({ text, x: 72, y, size })

test('pages, headings and text in many scripts come out as they went in', async () => {
  const reading = await read(
    makePdf([
      [
        line('Harbour report', 720, 24),
        line('Δύο γράμματα', 680),
        line('山间小站气象记录', 660),
        line('Поезд 🚂', 640),
      ],
      [line('Second page', 720)],
    ]),
  )
  expect(reading).toEqual({
    kind: 'read',
    pages: [
      {
        page: 1,
        md: '# Harbour report\n\nΔύο γράμματα\n山间小站气象记录\nПоезд 🚂',
        text: 'Harbour report\nΔύο γράμματα\n山间小站气象记录\nПоезд 🚂',
      },
      { page: 2, md: 'Second page', text: 'Second page' },
    ],
  })
})

test('drawn forms of letters come out as the letters that were meant', async () => {
  // A page draws Arabic from left to right: the last letter first.
  const reading = await read(onePage('\ufb01sh', '\ufea1\ufeae\ufee3'))
  expect(reading).toMatchObject({ pages: [{ text: 'fish\nمرح' }] })
})

test('a page without text is read as empty, not refused and not made up', async () => {
  expect(await read(makePdf([[]]))).toEqual({ kind: 'read', pages: [{ page: 1, md: '', text: '' }] })
})

test.each([
  ['encrypted', makePdf([[line('x', 700)]], { encrypted: true }), 'PDF_IS_ENCRYPTED', 'without its password'],
  ['cut off', onePage('a document that is cut off').subarray(0, -200), 'PDF_IS_BROKEN', 'cut off'],
  ['rubbish between the markers', Buffer.from('%PDF-1.7\nnothing\n%%EOF'), 'PDF_IS_BROKEN', 'cannot be read'],
  ['empty', Buffer.alloc(0), 'PDF_IS_BROKEN', 'empty'],
  ['not a PDF', Buffer.from('<html></html>'), 'UNSUPPORTED_FILE_TYPE', 'not a PDF'],
])('a file that is %s says so', async (_, bytes, code, message) => {
  expect(await read(bytes)).toEqual({ kind: 'unreadable', code, message: expect.stringContaining(message) })
})

test('an abort ends the reading', async () => {
  const aborted = AbortSignal.abort(new Error('stopped'))
  await expect(readPdfText(sourceOf(onePage('x')), aborted)).rejects.toThrow('stopped')
})

test('a file that cannot be read in the middle is a fault of the machine, not of the document', async () => {
  const bytes = makePdf(Array.from({ length: 60 }, (_, page) => [line(`page ${page} ${'word '.repeat(400)}`, 700)]))
  const whole = sourceOf(bytes)
  const failing: PdfSource = {
    ...whole,
    read: (begin, end) => (end - begin > 2_000 ? Promise.reject(new Error('disk is gone')) : whole.read(begin, end)),
  }
  await expect(readPdfText(failing, new AbortController().signal)).rejects.toThrow('disk is gone')
})

test('a large document is read without reading all of it', async () => {
  const bytes = makeLargePdf(4 * 1024 * 1024)
  let bytesRead = 0
  const whole = sourceOf(bytes)
  const counting: PdfSource = {
    ...whole,
    read(begin, end) {
      bytesRead += end - begin
      return whole.read(begin, end)
    },
  }
  const reading = await readPdfText(counting, new AbortController().signal)
  expect(reading.kind).toBe('read')
  expect(bytesRead).toBeLessThan(bytes.length / 2)
})
