/** The documents with several pages, tables and figures. All of it is invented. */
import { makePdf } from './sheet.mjs'

export function annualReport() {
  return makePdf({ title: 'Annual report of the Tidewater reading rooms' }, (sheet, doc) => {
    sheet.heading('Tidewater Reading Rooms', 0)
    sheet.paragraph('Annual report for the year that ended on 31 December 2025')
    sheet.heading('The year in short')
    sheet.paragraph(
      'The three reading rooms were open on 304 days each on average and had 41,870 visits, 6 percent more than the year before. ' +
        'The rise came almost wholly from the harbour room, which was open on Sundays for the first time. ' +
        'Loans of printed books fell slightly; loans of tools, seeds and musical instruments doubled.',
    )
    sheet.paragraph(
      'The roof of the mill room was repaired in April. The room stayed open in the tithe barn next door, and no ' +
        'event had to be called off. The cost was within the reserve that had been set aside for it in 2023.',
    )
    sheet.heading('Visits')
    sheet.paragraph('Visits are counted at the doors, by light barrier, and halved. Staff are counted too.')
    sheet.bars({
      caption: 'Figure 1. Visits per quarter, all rooms together, in thousands.',
      unit: 'thousand',
      rows: [
        ['January to March', 8.9],
        ['April to June', 10.2],
        ['July to September', 12.6],
        ['October to December', 10.2],
      ],
    })
    sheet.table({
      head: ['Room', 'Days open', 'Visits', 'Visits per day', 'Change'],
      widths: [3, 2, 2, 2, 2],
      numeric: [1, 2, 3, 4],
      rows: [
        ['Harbour room', '352', '19,340', '55', '+17 %'],
        ['Mill room', '290', '14,210', '49', '-2 %'],
        ['School room', '270', '8,320', '31', '+1 %'],
        ['All rooms', '304', '41,870', '138', '+6 %'],
      ],
    })
    doc.addPage()
    sheet.heading('What was borrowed')
    sheet.paragraph(
      'A loan is counted when it leaves the house. Renewals are not counted again. Tools may be kept for a week, ' +
        'instruments for a term, and seeds for good, on the promise to bring back seeds of the next harvest.',
    )
    sheet.table({
      head: ['Kind', '2023', '2024', '2025', 'Returned late'],
      widths: [4, 2, 2, 2, 2],
      numeric: [1, 2, 3, 4],
      rows: [
        ['Fiction', '18,402', '17,950', '17,011', '9 %'],
        ['Non-fiction', '9,118', '9,004', '9,220', '7 %'],
        ['Picture books', '11,730', '12,015', '12,377', '12 %'],
        ['Sheet music', '640', '712', '730', '4 %'],
        ['Musical instruments', '31', '58', '117', '1 %'],
        ['Tools', '204', '366', '745', '15 %'],
        ['Seed packets', '0', '310', '688', 'not counted'],
      ],
    })
    sheet.heading('Events')
    sheet.list([
      'Reading aloud on Thursdays, 49 times, with 18 children on average.',
      'The repair table, on the first Saturday of each month: 212 things brought, 160 mended.',
      'Four evenings on reading a payslip, in five languages.',
      'The night of the long poem, from dusk to dawn, with 63 readers in turn.',
    ])
    doc.addPage()
    sheet.heading('Accounts')
    sheet.table({
      head: ['Income and expense', 'Planned', 'Actual', 'Difference'],
      widths: [5, 2, 2, 2],
      numeric: [1, 2, 3],
      rows: [
        ['Grant of the town', '148,000.00', '148,000.00', '0.00'],
        ['Membership', '21,500.00', '23,118.50', '1,618.50'],
        ['Gifts', '9,000.00', '12,904.20', '3,904.20'],
        ['Wages', '-121,400.00', '-119,876.00', '1,524.00'],
        ['Books and other stock', '-24,000.00', '-23,410.75', '589.25'],
        ['Heating and light', '-18,600.00', '-20,044.10', '-1,444.10'],
        ['Roof of the mill room', '-11,000.00', '-10,870.00', '130.00'],
        ['Result', '3,500.00', '9,821.85', '6,321.85'],
      ],
    })
    sheet.heading('What comes next')
    sheet.list(
      [
        'Keep the Sunday opening of the harbour room until the summer and then decide.',
        'Replace the oil heating of the school room before October.',
        'Lend tools on two days a week rather than one.',
      ],
      { numbered: true },
    )
    sheet.footer('Tidewater Reading Rooms, annual report 2025')
  })
}

/** Landscape; one table that reaches over several pages and repeats its head. */
export function ferryTimetable() {
  const stops = ['Quay', 'Gull Rock', 'Saltmarsh', 'North Light', 'Long Strand']
  const minutes = [0, 14, 33, 51, 70]
  const rows = []
  for (let sailing = 0; sailing < 54; sailing++) {
    const start = 5 * 60 + 20 + sailing * 20
    const skipsLight = sailing % 3 === 1
    rows.push([
      `${101 + sailing * 2}`,
      ...minutes.map((after, stop) => (skipsLight && stop === 3 ? 'does not call' : clock(start + after))),
      sailing % 9 === 4 ? 'Saturday, Sunday' : 'daily',
    ])
  }
  return makePdf({ title: 'Island ferries, summer timetable', layout: 'landscape' }, (sheet) => {
    sheet.heading('Island ferries', 0)
    sheet.paragraph('Summer timetable, from 1 May to 30 September. Times at the pier, local time.')
    sheet.heading('Outward sailings')
    sheet.table({ head: ['Sailing', ...stops, 'Runs'], widths: [2, 2, 2, 2, 3, 2, 4], rows })
    sheet.heading('Fares')
    sheet.table({
      head: ['From the quay to', 'Adult', 'Child', 'Bicycle', 'Ten journeys'],
      widths: [4, 2, 2, 2, 2],
      numeric: [1, 2, 3, 4],
      rows: [
        ['Gull Rock', '3.20', '1.60', '1.00', '28.00'],
        ['Saltmarsh', '4.80', '2.40', '1.00', '42.00'],
        ['North Light', '6.40', '3.20', '1.50', '56.00'],
        ['Long Strand', '7.50', '3.70', '1.50', '65.00'],
      ],
    })
    sheet.note('Sailings marked "does not call" pass North Light when the wind is above force 6 from the west.')
    sheet.footer('Island ferries, summer timetable')
  })
}

const clock = (minutes) =>
  `${`${Math.floor(minutes / 60) % 24}`.padStart(2, '0')}:${`${minutes % 60}`.padStart(2, '0')}`

/** Two columns, which a careless reader mixes line by line. */
export function newsletter() {
  return makePdf({ title: 'The Hedge, spring letter' }, (sheet, doc) => {
    sheet.heading('The Hedge', 0)
    sheet.paragraph('Letter of the allotment society, spring')
    doc.font('Helvetica').fontSize(10).fillColor('#1c2430')
    doc.text(LETTER, doc.page.margins.left, doc.y + 6, {
      columns: 2,
      columnGap: 24,
      width: sheet.width(),
      height: 250,
      lineGap: 2,
      paragraphGap: 7,
    })
    sheet.footer('The Hedge')
  })
}

const LETTER = [
  'Water. The standpipes are turned on in the last week of March, as soon as no hard frost is forecast for five nights. Please let the lower rows fill their butts first: the pressure at the bottom of the slope is a third of what it is at the gate.',
  'Compost. The society has ordered eleven cubic metres of municipal compost. It is delivered to the turning place. A full barrow costs nothing; the honesty box is for those who fetch a second.',
  'The hedge itself. Eighty metres of hawthorn and hazel were laid in January by nineteen members, who learned it from the two who knew. It looks thin now. By June it will be closed.',
  'Slugs. The survey of last year found no difference between rows with and without copper tape, and a large difference between rows with and without frogs. The pond is to be dug out on the second Sunday in April.',
  'Vacant plots. Four half plots are free, all on the lower rows. The waiting list has twenty-three names, and the first ten have been written to.',
  'Tools. The shredder is back from repair. It may be used on weekdays until seven in the evening, by two people at a time, one of whom has read the sheet on the wall.',
  'Bees. The hives stand behind the elder now, away from the path. Whoever is allergic should tell the steward, who keeps the pen in the hut and knows how to use it.',
  'Meeting. The yearly meeting is on the first Friday in May at seven, in the hut if it rains and under the walnut if not. Motions reach the steward a week before.',
].join('\n')
