/**
 * Makes `examples/documents/`: run `node examples/make-documents.mjs` after a change to what is in `examples/make/`.
 * The files are committed; nobody needs to run this to use them. Needs Debian's fonts-dejavu-core, fonts-hosny-amiri,
 * fonts-wqy-microhei and poppler-utils. What must come of each file: `documents/README.md`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { handbook } from './make/handbook.mjs'
import { arabic, chinese, greekAndCyrillic } from './make/languages.mjs'
import { annualReport, ferryTimetable, newsletter } from './make/reports.mjs'
import { fieldGuide, invoice, mixedPages, oneLine } from './make/singles.mjs'
import { encryptedMinutes, scannedLetter, truncatedSurvey } from './make/troubled.mjs'

// 2 MB: more would weigh on every clone.
const MOST_BYTES = 2_000_000

const report = await annualReport()
const files = {
  'annual-report.pdf': report,
  'annual-report-copy.pdf': report,
  'ferry-timetable.pdf': await ferryTimetable(),
  'newsletter-two-columns.pdf': await newsletter(),
  'harbour-handbook.pdf': await handbook(),
  'knots-with-figures.pdf': await fieldGuide(),
  'invoice.pdf': await invoice(),
  'one-line.pdf': await oneLine(),
  'mixed-pages.pdf': await mixedPages(),
  'greek-and-cyrillic.pdf': await greekAndCyrillic(),
  'arabic.pdf': await arabic(),
  'chinese.pdf': await chinese(),
  'scanned-letter.pdf': await scannedLetter(),
  'encrypted-minutes.pdf': await encryptedMinutes(),
  'truncated-survey.pdf': await truncatedSurvey(),
  'empty.pdf': Buffer.alloc(0),
}

const total = Object.values(files).reduce((sum, bytes) => sum + bytes.length, 0)
if (total > MOST_BYTES) throw new Error(`The documents have ${total} bytes together; at most ${MOST_BYTES} may be.`)

const folder = fileURLToPath(new URL('documents/', import.meta.url))
mkdirSync(folder, { recursive: true })
for (const [name, bytes] of Object.entries(files)) {
  writeFileSync(join(folder, name), bytes)
  console.log(`${name.padEnd(30)} ${String(bytes.length).padStart(8)} bytes`)
}
console.log(`${'together'.padEnd(30)} ${String(total).padStart(8)} bytes`)
