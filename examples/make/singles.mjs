/** The short documents: a single line, an invoice, lists with figures, pages of several kinds. All of it is invented. */
import { makePdf } from './sheet.mjs'

export function oneLine() {
  return makePdf({ title: 'Note' }, (_sheet, doc) => {
    doc.font('Helvetica').fontSize(12).text('The spare key hangs behind the blue door.')
  })
}

export function invoice() {
  return makePdf({ title: 'Invoice 2026-0147' }, (sheet, doc) => {
    sheet.heading('Invoice 2026-0147', 0)
    const top = doc.y
    doc.font('Helvetica').fontSize(10).fillColor('#1c2430')
    doc.text('Copper Kettle Repairs\n4 Weir Lane\nLower Wendham', 64, top, { lineGap: 2 })
    doc.text('To: Millrace Choir\nThe Old Forge\nLower Wendham', 300, top, { lineGap: 2 })
    doc.text('Date: 17 February 2026\nDelivered: 12 February 2026\nDue: 3 March 2026', 64, top + 60, { lineGap: 2 })
    doc.y = top + 120
    sheet.table({
      head: ['Item', 'What', 'Quantity', 'Each', 'Amount'],
      widths: [3, 12, 4, 4, 4],
      numeric: [2, 3, 4],
      rows: [
        ['1', 'Descale and reseal tea urn, 30 litres', '2', '48.00', '96.00'],
        ['2', 'Heating element, 2.8 kW, fitted', '1', '63.50', '63.50'],
        ['3', 'Tap washer, silicone', '6', '1.25', '7.50'],
        ['4', 'Collection and return', '1', '15.00', '15.00'],
        ['', 'Sum before tax', '', '', '182.00'],
        ['', 'Value added tax, 20 %', '', '', '36.40'],
        ['', 'To pay', '', '', '218.40'],
      ],
    })
    sheet.paragraph('Please pay by transfer and name the invoice number. Goods stay ours until they are paid for.')
    sheet.note('Work is guaranteed for twelve months, except for damage by boiling dry.')
  })
}

export function fieldGuide() {
  return makePdf({ title: 'Knots for a small boat' }, (sheet, doc) => {
    sheet.heading('Knots for a small boat', 0)
    sheet.paragraph('Five that hold, and when to use which.')
    sheet.heading('Before you tie')
    sheet.list([
      'Know the standing part: the side that carries the load.',
      'Know the working end: the side that your hand moves.',
      'Dress the knot, that is, lay its turns side by side, before you pull it tight.',
    ])
    sheet.heading('The becket')
    sheet.paragraph(
      'A becket is a short rope with an eye at one end and a knot at the other. It holds a coil, an oar or a furled ' +
        'sail, and lets go with one hand.',
    )
    drawBecket(doc, 120)
    sheet.note('Figure 1. A becket closed around a coil: the knot passes through the eye.')
    sheet.list(
      [
        'Pass the rope around what it is to hold.',
        'Push the knot through the eye.',
        'Turn the knot a quarter so that it lies across the eye.',
      ],
      { numbered: true },
    )
    sheet.heading('Which knot holds how well')
    sheet.paragraph('Strength that is left in a new three-strand rope, measured until it parted.')
    sheet.bars({
      caption: 'Figure 2. Remaining strength in percent, mean of ten pulls.',
      unit: '%',
      rows: [
        ['Eye splice', 93],
        ['Figure of eight', 78],
        ['Bowline', 67],
        ['Clove hitch', 62],
        ['Reef knot', 44],
      ],
    })
    sheet.heading('When not to trust a reef knot')
    sheet.list([
      'Never to join two ropes that carry a person.',
      'Never with ropes of different thickness.',
      'Never where it can be struck on one side: it turns into two half hitches and slides off.',
    ])
    sheet.footer('Knots for a small boat')
  })
}

function drawBecket(doc, height) {
  const y = doc.y + height / 2
  doc.lineWidth(7).strokeColor('#8a6a3f').lineCap('round')
  doc
    .moveTo(200, y)
    .bezierCurveTo(150, y - 60, 330, y - 60, 330, y)
    .stroke()
  doc
    .moveTo(200, y)
    .bezierCurveTo(150, y + 60, 330, y + 60, 330, y)
    .stroke()
  doc.circle(352, y, 20).lineWidth(6).stroke()
  doc.circle(352, y, 8).fill('#8a6a3f')
  doc.y += height
}

/** An empty page, a turned one, a page in landscape and a very small one, one after another. */
export function mixedPages() {
  return makePdf({ title: 'Pages of several kinds' }, (sheet, doc) => {
    sheet.heading('Minutes of the quarry walk', 0)
    sheet.paragraph('Eleven people walked the rim from the east gate. The fence is sound except at the third post.')
    doc.addPage()
    doc.addPage({ layout: 'landscape' })
    sheet.heading('Sketch of the rim')
    sheet.paragraph('This page lies on its side. The overleaf was left empty on purpose.')
    doc.rect(120, 220, 520, 160).lineWidth(2).stroke('#5b6675')
    doc.addPage({ size: 'A4', margins: { top: 64, bottom: 64, left: 64, right: 64 } })
    sheet.heading('Measured widths')
    sheet.table({
      head: ['Post', 'Width of the path', 'Loose stones'],
      widths: [1, 2, 3],
      rows: [
        ['1', '2.40 m', 'none'],
        ['2', '2.10 m', 'a few'],
        ['3', '0.90 m', 'many: closed until it is shored up'],
      ],
    })
    doc.page.dictionary.data.Rotate = 90
    doc.addPage({ size: [180, 120], margins: { top: 20, bottom: 20, left: 20, right: 20 } })
    doc.font('Helvetica').fontSize(9).text('Card: next walk on the longest day.', { width: 140 })
  })
}
