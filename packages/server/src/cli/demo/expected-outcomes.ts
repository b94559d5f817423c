/** What must come of each file of `examples/documents/`, and of the one that the demo makes. A test holds its README to this. */
import type { ExpectedOutcome } from './demo-result.ts'

const complete: ExpectedOutcome = { kind: 'complete' }

/** Made while the demo runs: over 10 MB, too large for a repository. */
export const LARGE_FILE = 'large-survey.pdf'

/** Of files with the same content one is complete and the others are duplicates, whichever comes first: see `accounted.ts`. */
export const expectedOutcomes: ReadonlyMap<string, ExpectedOutcome> = new Map<string, ExpectedOutcome>([
  ['annual-report.pdf', complete],
  ['annual-report-copy.pdf', complete],
  ['ferry-timetable.pdf', complete],
  ['newsletter-two-columns.pdf', complete],
  ['harbour-handbook.pdf', complete],
  ['knots-with-figures.pdf', complete],
  ['invoice.pdf', complete],
  ['one-line.pdf', complete],
  ['mixed-pages.pdf', complete],
  ['greek-and-cyrillic.pdf', complete],
  ['arabic.pdf', complete],
  ['chinese.pdf', complete],
  ['scanned-letter.pdf', { kind: 'failed', code: 'PARSE_EMPTY' }],
  ['encrypted-minutes.pdf', { kind: 'failed', code: 'PARSE_FAILED' }],
  ['truncated-survey.pdf', { kind: 'failed', code: 'PARSE_FAILED' }],
  ['empty.pdf', { kind: 'failed', code: 'DOCUMENT_EMPTY' }],
  [LARGE_FILE, complete],
])
