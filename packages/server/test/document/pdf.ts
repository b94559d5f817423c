/** Small real PDFs with Latin text, one page per list of lines. What they look like is no test's business. */
import { createHash } from 'node:crypto'

export function pdf(...pages: readonly string[][]): Buffer {
  return assemble(pages, [])
}

/** With bytes in it that no page shows: for what must not be changed on the way. */
export function pdfWith(bytes: Buffer, ...pages: readonly string[][]): Buffer {
  return assemble(pages, [streamed(bytes.toString('latin1'))])
}

function assemble(pages: readonly string[][], hidden: readonly string[]): Buffer {
  const kids = pages.map((_, index) => `${4 + index * 2} 0 R`).join(' ')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    ...pages.flatMap((lines, index) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + index * 2} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`,
      streamed(shownAs(lines)),
    ]),
    ...hidden,
  ]
  let file = '%PDF-1.7\n%\xe2\xe3\xcf\xd3\n'
  const offsets = objects.map((object, index) => {
    const offset = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return `${String(offset).padStart(10, '0')} 00000 n \n`
  })
  const size = objects.length + 1
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${offsets.join('')}`
  return Buffer.from(
    `${file}${table}trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`,
    'latin1',
  )
}

/** A page of prose long enough for a real piece, beginning with `title`. */
export function page(title: string): string[] {
  return [
    title,
    ...Array.from({ length: 12 }, (_, line) => `Line ${line + 1} tells more about ${title}, in some words.`),
  ]
}

export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function shownAs(lines: readonly string[]): string {
  return lines.map((line, index) => `BT /F1 12 Tf 72 ${720 - index * 16} Td (${escaped(line)}) Tj ET`).join('\n')
}

function streamed(content: string): string {
  return `<< /Length ${content.length} >>\nstream\n${content}\nendstream`
}

function escaped(line: string): string {
  return line.replace(/[\\()]/g, '\\$&')
}
