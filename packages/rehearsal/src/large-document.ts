/**
 * A PDF as large as asked for: pages of text, and raw readings attached that no compression makes smaller. Made when it
 * is needed, since a repository should not carry it. The same size gives the same bytes. Not a PDF producer: the
 * text is plain ASCII in a font that every reader has.
 */
import { open } from 'node:fs/promises'

const PAGES = 40
const LINES_PER_PAGE = 44
// Together the objects without the attachment stay below this; a smaller file than that cannot be had.
const LEAST_BYTES = 200_000

const SITES = ['the weir', 'the north quay', 'the tide mill', 'the plank bridge', 'the old lock', 'the reed bank']
const FINDINGS = [
  'the gauge agrees with the staff to within two millimetres',
  'silt lies higher than last year and covers the lowest step',
  'the float moves freely and the paper was changed',
  'a branch had caught in the grating and was taken out',
  'the reading was repeated because a barge had just passed',
]

// 64 kB at once: the file is never in memory as a whole.
const PIECE_BYTES = 64 * 1024

/** At least `bytes` long and at most 64 bytes longer. */
export function makeLargePdf(bytes: number): Buffer {
  const { head, attachedBytes, foot } = layOut(bytes)
  const attached = Buffer.alloc(attachedBytes)
  createNoise().fill(attached)
  return Buffer.concat([head, attached, foot])
}

/** The same bytes, into a file. */
export async function writeLargePdf(path: string, bytes: number): Promise<void> {
  const { head, attachedBytes, foot } = layOut(bytes)
  const noise = createNoise()
  const piece = Buffer.alloc(PIECE_BYTES)
  const file = await open(path, 'w', 0o600)
  try {
    await file.appendFile(head)
    for (let left = attachedBytes; left > 0; left -= PIECE_BYTES) {
      const next = piece.subarray(0, Math.min(left, PIECE_BYTES))
      noise.fill(next)
      await file.appendFile(next)
    }
    await file.appendFile(foot)
  } finally {
    await file.close()
  }
}

/** Everything but the attachment's bytes, which stand between `head` and `foot`. */
function layOut(bytes: number): { head: Buffer; attachedBytes: number; foot: Buffer } {
  if (!Number.isSafeInteger(bytes) || bytes < LEAST_BYTES) {
    throw new RangeError(`A large PDF has at least ${LEAST_BYTES} bytes; ${bytes} was asked for`)
  }
  const objects = documentObjects()
  const offsets: number[] = []
  let end = HEADER.length
  for (const object of objects) {
    offsets.push(end)
    end += object.length
  }
  offsets.push(end)
  // Counted with one digit for each number that is not known yet: so the file is never too short, only a little longer.
  const around = end + attachmentHead(offsets.length, 0).length + ATTACHMENT_END.length + tail(offsets, 0).length
  const attachedBytes = bytes - around
  const head = Buffer.from([HEADER, ...objects, attachmentHead(offsets.length, attachedBytes)].join(''), 'latin1')
  const tableAt = head.length + attachedBytes + ATTACHMENT_END.length
  return { head, attachedBytes, foot: Buffer.from(ATTACHMENT_END + tail(offsets, tableAt), 'latin1') }
}

// The second line says by its high bytes that the file is binary (ISO 32000-1, 7.5.2).
const HEADER = '%PDF-1.7\n%\xe2\xe3\xcf\xd3\n'
const ATTACHMENT_END = '\nendstream\nendobj\n'

/** Objects 1 to n, in order: catalog, page tree, font, file specification, then two per page. */
function documentObjects(): string[] {
  const firstPage = 5
  const attachment = firstPage + PAGES * 2
  const kids = Array.from({ length: PAGES }, (_, page) => `${firstPage + page * 2} 0 R`).join(' ')
  const names = '/Names << /EmbeddedFiles << /Names [(readings.bin) 4 0 R] >> >>'
  const bodies = [
    `<< /Type /Catalog /Pages 2 0 R ${names} >>`,
    `<< /Type /Pages /Count ${PAGES} /Kids [${kids}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    `<< /Type /Filespec /F (readings.bin) /UF (readings.bin) /EF << /F ${attachment} 0 R >> >>`,
  ]
  for (let page = 0; page < PAGES; page++) {
    const content = pageContent(page)
    const resources = '/Resources << /Font << /F1 3 0 R >> >>'
    bodies.push(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] ${resources} /Contents ${firstPage + page * 2 + 1} 0 R >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    )
  }
  return bodies.map((body, index) => `${index + 1} 0 obj\n${body}\nendobj\n`)
}

function pageContent(page: number): string {
  const title = page === 0 ? 'Survey of the river gauges' : `Week ${page}`
  const lines = [`BT /F1 20 Tf 1 0 0 1 56 770 Tm (${title}) Tj`, '/F1 10 Tf 15 TL 1 0 0 1 56 740 Tm']
  for (let line = 0; line < LINES_PER_PAGE; line++) {
    const reading = page * LINES_PER_PAGE + line
    const site = SITES[reading % SITES.length]
    const finding = FINDINGS[(reading * 3 + page) % FINDINGS.length]
    const level = (1.2 + ((reading * 37) % 90) / 100).toFixed(2)
    lines.push(`(Reading ${reading + 1} at ${site}: ${level} m; ${finding}.) Tj T*`)
  }
  return `${lines.join('\n')}\nET`
}

function attachmentHead(id: number, bytes: number): string {
  const what = `/Type /EmbeddedFile /Subtype /application#2Foctet-stream /Params << /Size ${bytes} >>`
  return `${id} 0 obj\n<< ${what} /Length ${bytes} >>\nstream\n`
}

/** The cross-reference table: each entry is exactly 20 bytes (ISO 32000-1, 7.5.4). */
function tail(offsets: readonly number[], tableAt: number): string {
  const entries = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  const size = offsets.length + 1
  const trailer = `trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${tableAt}\n%%EOF\n`
  return `xref\n0 ${size}\n0000000000 65535 f \n${entries}${trailer}`
}

/** A xorshift generator with a fixed seed: noise does not compress, and a fixed seed makes it the same each time. */
function createNoise(): { fill(target: Buffer): void } {
  let state = 0x2545f491
  const step = () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state
  }
  return {
    /** Goes on where the last one ended, if that was a multiple of four bytes. */
    fill(target) {
      const whole = target.length - (target.length % 4)
      for (let at = 0; at < whole; at += 4) target.writeInt32LE(step(), at)
      for (let at = whole; at < target.length; at++) target[at] = step() & 0xff
    },
  }
}
