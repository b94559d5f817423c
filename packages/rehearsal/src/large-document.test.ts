import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { expect, onTestFinished, test } from 'vitest'
import { makeLargePdf, writeLargePdf } from './large-document.ts'

test('a large PDF has the promised size and points at every one of its objects', () => {
  fc.assert(
    fc.property(fc.integer({ min: 200_000, max: 1_500_000 }), (bytes) => {
      const file = makeLargePdf(bytes)
      expect(file.length).toBeGreaterThanOrEqual(bytes)
      expect(file.length).toBeLessThanOrEqual(bytes + 64)
      const text = file.toString('latin1')
      const table = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1])
      expect(text.startsWith('xref\n0 ', table)).toBe(true)
      const entries = [...text.slice(table).matchAll(/^(\d{10}) 00000 n $/gm)]
      expect(entries.length).toBe(85)
      for (const [index, entry] of entries.entries()) {
        expect(text.startsWith(`${index + 1} 0 obj\n`, Number(entry[1]))).toBe(true)
      }
    }),
    { numRuns: 20 },
  )
})

test('a reader finds the text of every page', async () => {
  const file = await getDocument({ data: new Uint8Array(makeLargePdf(300_000)), verbosity: 0 }).promise
  expect(file.numPages).toBe(40)
  const page = await (await file.getPage(40)).getTextContent()
  const text = page.items.map((item) => ('str' in item ? item.str : '')).join(' ')
  expect(text).toContain('Week 39')
  expect(text).toContain('Reading 1760 at')
  await file.destroy()
})

test('the same size gives the same bytes', () => {
  expect(makeLargePdf(250_001).equals(makeLargePdf(250_001))).toBe(true)
})

test('written to a file, it has the same bytes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'becket-large-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = join(folder, 'large.pdf')
  for (const bytes of [250_001, 400_002]) {
    await writeLargePdf(path, bytes)
    expect((await readFile(path)).equals(makeLargePdf(bytes))).toBe(true)
  }
})

test('most of it cannot be compressed, so that it is large on every way it takes', () => {
  const file = makeLargePdf(1_000_000)
  expect(deflateSync(file).length).toBeGreaterThan(800_000)
})

test('a size below what the pages need is refused', () => {
  expect(() => makeLargePdf(1000)).toThrow(/at least 200000 bytes/)
  expect(() => makeLargePdf(Number.NaN)).toThrow(RangeError)
})
