/** The long document: many headings on many pages, as chapters of sections. All of it is invented. */
import { makePdf } from './sheet.mjs'

const CHAPTERS = [
  ['Arriving', ['The gate', 'The harbour log', 'Fresh water', 'Shore power', 'Waste and oil', 'Quiet hours']],
  ['Berths', ['How berths are given', 'Length and beam', 'Fenders', 'Lines', 'Rafting up', 'Leaving for a night']],
  ['The lock', ['Signals', 'Waiting', 'Going in', 'While the water moves', 'Going out', 'When the lock is closed']],
  ['Weather', ['Where the forecast hangs', 'Strong wind', 'Fog', 'Ice', 'Flood', 'Thunder']],
  ['Fire', ['Raising the alarm', 'Extinguishers', 'Gas', 'Fuel on the water', 'After a fire', 'Drills']],
  ['People in the water', ['Shout and point', 'Throwing lines', 'Ladders', 'Cold', 'Calling for help', 'Afterwards']],
  ['The slipway', ['Booking', 'Trailers', 'The winch', 'Antifouling', 'Scraping', 'Keeping the ramp clean']],
  ['The workshop', ['Who may use it', 'Machines', 'Dust', 'Paint', 'Lost tools', 'Closing up']],
  ['Guests', ['Short stays', 'Fees', 'Dogs', 'Children', 'Events', 'Complaints']],
  ['Winter', ['Laying up', 'Covers', 'Batteries', 'Frost', 'Inspections', 'The first day of spring']],
  ['Records', ['What is written down', 'Who may read it', 'How long it is kept', 'Corrections', 'Photographs', 'Loss']],
  ['Changing this book', ['Proposals', 'The reading', 'The vote', 'Printing', 'Old editions', 'Errors']],
]

const WHO = ['The warden', 'The member on watch', 'Whoever arrives first', 'The owner of the boat', 'A guest']
const DUTY = [
  'reads the notice at the hut and signs it with the hour',
  'looks at the gauge before anything is moved',
  'tells the neighbours on both sides, aloud, and waits for an answer',
  'writes what was done in the log before leaving the quay',
  'checks the line twice, once by eye and once by hand',
  'keeps the way to the ladder free',
  'asks the harbour office when in doubt and does nothing until it has answered',
]
const REASON = [
  'because the current turns sooner at the north wall than the tables say',
  'since most of the damage of the last ten years began with a small thing that nobody wrote down',
  'so that the next person finds it as they would wish to find it',
  'for the hut is empty between ten at night and six in the morning',
  'as the insurance of the society asks for it in writing',
]

export function handbook() {
  return makePdf({ title: 'Handbook of the Wendham boat harbour', lang: 'en' }, (sheet, doc) => {
    sheet.heading('Handbook of the Wendham boat harbour', 0)
    sheet.paragraph('Ninth edition. Every member has a copy; the one that counts hangs in the hut.')
    let turn = 0
    const next = (list) => list[(turn++ * 7 + list.length) % list.length]
    for (const [number, [chapter, sections]] of CHAPTERS.entries()) {
      if (number > 0) doc.addPage()
      sheet.heading(`${number + 1}. ${chapter}`)
      for (const [index, section] of sections.entries()) {
        sheet.heading(`${number + 1}.${index + 1} ${section}`, 2)
        sheet.paragraph(
          `${next(WHO)} ${next(DUTY)}, ${next(REASON)}. ${next(WHO)} ${next(DUTY)}. ` +
            `This holds for ${section.toLowerCase()} in every season, ${next(REASON)}.`,
        )
        sheet.paragraph(`Where that cannot be done, ${next(WHO).toLowerCase()} ${next(DUTY)}, and ${next(DUTY)}.`)
        if (index % 3 === 1) sheet.list([`First: ${next(DUTY)}.`, `Then: ${next(DUTY)}.`, `At last: ${next(DUTY)}.`])
      }
    }
    sheet.footer('Handbook of the Wendham boat harbour')
  })
}
