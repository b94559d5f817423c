/** The batch: small PDFs, no two alike, each with a mark of its own in its text; some that must fail, and why. */
import { page, pdf, sha256Of } from '../document/pdf.ts'
import type { Chance } from './chance.ts'

export interface BatchDocument {
  filename: string
  bytes: Buffer
  sha256: string
  /** Stands on every page, and on no page of another document. */
  mark: string
  ends: { kind: 'complete' } | { kind: 'failed'; code: string }
}

export function makeBatch(count: number, chance: Chance): BatchDocument[] {
  return Array.from({ length: count }, (_, index) => {
    const mark = `Mark${String(index + 1).padStart(4, '0')}`
    const pages = Array.from({ length: chance.between(1, 4) }, (_, at) => page(`${mark} page ${at + 1}`))
    const whole = pdf(...pages)
    const made = (bytes: Buffer, ends: BatchDocument['ends']) => ({
      filename: `${mark.toLowerCase()}.pdf`,
      bytes,
      sha256: sha256Of(bytes),
      mark,
      ends,
    })
    // One in twelve is a scan without text, one in twelve was cut off on its way to us.
    if (index % 12 === 5) {
      return made(Buffer.concat([pdf([]), Buffer.from(`% ${mark}\n`)]), { kind: 'failed', code: 'PARSE_EMPTY' })
    }
    if (index % 12 === 9) return made(whole.subarray(0, 400), { kind: 'failed', code: 'PARSE_FAILED' })
    return made(whole, { kind: 'complete' })
  })
}
