/** The documents that cannot be finished, or only as what they truly are: scanned, locked, cut off. All of it is invented. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makePdf } from './sheet.mjs'

// Of Debian's package poppler-utils.
const RASTERIZER = 'pdftoppm'

/** A letter, printed, and scanned again: a picture of text, slightly askew. Needs `pdftoppm` of poppler-utils. */
export async function scannedLetter() {
  const printed = await makePdf({ title: 'Letter' }, (_sheet, doc) => {
    doc.font('Times-Roman').fontSize(13).fillColor('#222')
    doc.text('Lower Wendham, in November', { align: 'right' })
    doc.moveDown(2)
    doc.text(
      'Dear neighbour,\n\nthe bell of the school house has not been rung since the frost of last year. The rope is sound, ' +
        'but the bearing on the north side wants grease, and nobody has dared the ladder.\n\nIf you still have the ' +
        'long ladder, would you lend it for an afternoon? Two of us will carry it, and bring it back the same day.\n\n' +
        'With thanks and good wishes,\n\n\nthe bell committee',
      { lineGap: 6 },
    )
  })
  const picture = rasterize(printed)
  return makePdf({ title: 'Scan', margins: { top: 0, bottom: 0, left: 0, right: 0 } }, (_sheet, doc) => {
    doc.rotate(0.6, { origin: [297, 421] })
    doc.image(picture, 0, 0, { width: 595 })
  })
}

function rasterize(pdf) {
  const folder = mkdtempSync(join(tmpdir(), 'becket-documents-'))
  try {
    writeFileSync(join(folder, 'in.pdf'), pdf)
    const options = ['-jpeg', '-jpegopt', 'quality=60', '-gray', '-r', '110', '-singlefile']
    execFileSync(RASTERIZER, [...options, join(folder, 'in.pdf'), join(folder, 'out')])
    return readFileSync(join(folder, 'out.jpg'))
  } catch (error) {
    throw new Error(`The scanned letter needs ${RASTERIZER}. Install it first: apt-get install poppler-utils`, {
      cause: error,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Opens only with its password. Encryption draws random bytes: this one file differs on every run. */
export function encryptedMinutes() {
  const lock = { userPassword: 'reed-warbler', ownerPassword: 'marsh-harrier', pdfVersion: '1.7' }
  return makePdf({ title: 'Minutes of the closed meeting', ...lock }, (sheet) => {
    sheet.heading('Minutes of the closed meeting', 0)
    sheet.paragraph('Five members were present. The key of the boat house was handed over and the lock was changed.')
  })
}

/** Cut off before the table that says where everything lies, as by an upload that broke. */
export async function truncatedSurvey() {
  const whole = await makePdf({ title: 'Survey of the footbridges' }, (sheet, doc) => {
    sheet.heading('Survey of the footbridges', 0)
    for (const bridge of ['Weir bridge', 'Mill bridge', 'Plank bridge', 'Railway bridge']) {
      sheet.heading(bridge)
      sheet.paragraph('The deck is sound. The handrail on the upstream side is loose at two posts. No work is urgent.')
      doc.addPage()
    }
  })
  return whole.subarray(0, Math.floor(whole.length * 0.55))
}
