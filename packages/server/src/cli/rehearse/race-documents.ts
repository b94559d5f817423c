/** The documents of a race: small real PDFs, each with content of its own. The same seed gives the same bytes. */
import { createHash } from 'node:crypto'

export interface RaceFile {
  filename: string
  content: Buffer
  sha256: string
  /** How long its client needs from having an address to having sent the file. */
  lineMs: number
}

// A line of a few megabytes a second, and a file of one or two.
const FASTEST_LINE_MS = 100
const SLOWEST_LINE_MS = 500
const LINES = 14
const CARGO = ['rope', 'tar', 'canvas', 'oak', 'hemp', 'copper', 'salt', 'wool']

export function raceFile(seed: number, index: number): RaceFile {
  const chance = createHash('sha256').update(`${seed}/${index}`).digest()
  const content = pdfOf(linesOf(index, chance))
  return {
    filename: `manifest-${String(index + 1).padStart(4, '0')}.pdf`,
    content,
    sha256: createHash('sha256').update(content).digest('hex'),
    lineMs: FASTEST_LINE_MS + (chance.readUInt16BE(30) / 0xffff) * (SLOWEST_LINE_MS - FASTEST_LINE_MS),
  }
}

function linesOf(index: number, chance: Buffer): string[] {
  const lines = Array.from({ length: LINES }, (_, line) => {
    const cargo = CARGO[chance.readUInt8(line) % CARGO.length]
    return `Item ${line + 1}: ${chance.readUInt16BE(line)} bales of ${cargo}, weighed and found as written.`
  })
  return [`Manifest ${index + 1} of ship ${chance.toString('hex', 0, 6)}`, ...lines]
}

/** One page in a font that every reader has. The second line says by its high bytes that the file is binary. */
function pdfOf(lines: readonly string[]): Buffer {
  const shown = lines.map((line, row) => `BT /F1 11 Tf 56 ${770 - row * 16} Td (${line}) Tj ET`).join('\n')
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [4 0 R] /Count 1 >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 3 0 R >> >> >>',
    `<< /Length ${shown.length} >>\nstream\n${shown}\nendstream`,
  ]
  let file = '%PDF-1.7\n%\xe2\xe3\xcf\xd3\n'
  const entries = objects.map((object, index) => {
    const entry = `${String(file.length).padStart(10, '0')} 00000 n \n`
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return entry
  })
  const size = objects.length + 1
  const table = `xref\n0 ${size}\n0000000000 65535 f \n${entries.join('')}`
  const trailer = `trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`
  return Buffer.from(file + table + trailer, 'latin1')
}
