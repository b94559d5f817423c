/**
 * What the example documents are written with: headings, paragraphs, lists, tables and bars on top of pdfkit.
 * Knows nothing of any one document. Every date is fixed, so that a repeat gives the same bytes.
 */
import PDFDocument from 'pdfkit'

const MADE_AT = new Date('2026-03-02T09:00:00Z')
const INK = '#1c2430'
const FAINT = '#5b6675'
const RULE = '#b9c2cd'
// A right-aligned column beside a left-aligned one: with less between them readers take two cells for one.
const CELL_PAD = 9

/** Runs `write(sheet)` and resolves to the finished file. `options` go to pdfkit. */
export function makePdf({ title, ...options }, write) {
  const doc = new PDFDocument({
    size: 'A4',
    margins: { top: 64, bottom: 64, left: 64, right: 64 },
    lang: 'en',
    ...options,
    // Rows are drawn cell by cell; buffered pages let the footer say "page 2 of 5".
    bufferPages: true,
    info: { Title: title, Author: 'Becket example documents', CreationDate: MADE_AT, ModDate: MADE_AT },
  })
  const parts = []
  doc.on('data', (part) => parts.push(part))
  const whole = new Promise((resolve, reject) => {
    doc.on('end', () => resolve(Buffer.concat(parts)))
    doc.on('error', reject)
  })
  const sheet = createSheet(doc)
  write(sheet, doc)
  doc.end()
  return whole
}

function createSheet(doc) {
  const fonts = { body: 'Helvetica', bold: 'Helvetica-Bold' }
  const width = () => doc.page.width - doc.page.margins.left - doc.page.margins.right
  const bottom = () => doc.page.height - doc.page.margins.bottom

  /** A heading never stands alone at the foot of a page. */
  function keepRoom(points) {
    if (doc.y + points > bottom()) doc.addPage()
  }

  function heading(text, level = 1) {
    const size = { 0: 24, 1: 16, 2: 12.5 }[level]
    keepRoom(size * 4)
    if (level > 0) doc.moveDown(level === 1 ? 0.9 : 0.5)
    doc.font(fonts.bold).fontSize(size).fillColor(INK).text(text, doc.page.margins.left, doc.y, { width: width() })
    doc.moveDown(0.35)
    if (level === 1) doc.outline.addItem(text)
  }

  function paragraph(text, options = {}) {
    doc.font(fonts.body).fontSize(10.5).fillColor(INK)
    doc.text(text, doc.page.margins.left, doc.y, { width: width(), lineGap: 2.5, ...options })
    doc.moveDown(0.6)
  }

  function list(items, { numbered = false } = {}) {
    doc.font(fonts.body).fontSize(10.5).fillColor(INK)
    for (const [index, item] of items.entries()) {
      keepRoom(30)
      const left = doc.page.margins.left
      const y = doc.y
      doc.text(numbered ? `${index + 1}.` : '•', left, y, { width: 18, lineBreak: false })
      doc.text(item, left + 20, y, { width: width() - 20, lineGap: 2 })
      doc.moveDown(0.25)
    }
    doc.moveDown(0.4)
  }

  /** `widths`: shares of the line, one per column. The head is repeated on every page that the table reaches. */
  function table({ head, rows, widths, numeric = [] }) {
    const total = widths.reduce((sum, share) => sum + share, 0)
    const columns = widths.map((share) => (share / total) * width())
    const draw = (cells, font, color) => {
      doc.font(font).fontSize(9.5)
      const heights = cells.map((cell, index) => doc.heightOfString(cell, { width: columns[index] - 2 * CELL_PAD }))
      const height = Math.max(...heights) + 8
      if (doc.y + height > bottom()) {
        doc.addPage()
        if (cells !== head) draw(head, fonts.bold, INK)
      }
      const y = doc.y
      let x = doc.page.margins.left
      doc.font(font).fontSize(9.5).fillColor(color)
      for (const [index, cell] of cells.entries()) {
        const align = numeric.includes(index) ? 'right' : 'left'
        doc.text(cell, x + CELL_PAD, y + 4, { width: columns[index] - 2 * CELL_PAD, align })
        x += columns[index]
      }
      doc
        .moveTo(doc.page.margins.left, y + height)
        .lineTo(x, y + height)
        .lineWidth(0.5)
        .stroke(RULE)
      doc.y = y + height
    }
    keepRoom(60)
    draw(head, fonts.bold, INK)
    for (const row of rows) draw(row, fonts.body, INK)
    doc.x = doc.page.margins.left
    doc.moveDown(0.8)
  }

  /** A labelled bar figure; `rows`: `[label, value]`. */
  function bars({ caption, rows, unit }) {
    keepRoom(rows.length * 18 + 40)
    const most = Math.max(...rows.map(([, value]) => value))
    const left = doc.page.margins.left
    for (const [label, value] of rows) {
      const y = doc.y
      const length = (value / most) * (width() - 190)
      doc
        .font(fonts.body)
        .fontSize(9)
        .fillColor(INK)
        .text(label, left, y + 3, { width: 110, lineBreak: false })
      doc.rect(left + 115, y, length, 13).fill('#3d6b8e')
      doc.fillColor(INK).text(`${value} ${unit}`, left + 121 + length, y + 3, { lineBreak: false })
      doc.y = y + 18
    }
    note(caption)
  }

  function note(text) {
    doc.font(fonts.body).fontSize(8.5).fillColor(FAINT)
    doc.text(text, doc.page.margins.left, doc.y + 3, { width: width() })
    doc.moveDown(0.9)
  }

  /** Called last: writes the foot of every page. */
  function footer(text) {
    const { start, count } = doc.bufferedPageRange()
    for (let page = start; page < start + count; page++) {
      doc.switchToPage(page)
      const { left, bottom: margin } = doc.page.margins
      // Text below the margin would start a new page.
      doc.page.margins.bottom = 0
      doc.font(fonts.body).fontSize(8).fillColor(FAINT)
      doc.text(`${text}, page ${page + 1} of ${count}`, left, doc.page.height - 44, {
        width: width(),
        lineBreak: false,
      })
      doc.page.margins.bottom = margin
    }
  }

  return { fonts, width, keepRoom, heading, paragraph, list, table, bars, note, footer }
}
