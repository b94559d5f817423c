/** A whole server whose videos end as rows in Airtable, through the outbox, while Airtable drops answers and fails. */
import { createAirtable } from '@becket/rehearsal'
import { expect, onTestFinished, test } from 'vitest'
import { look } from '../document/waits.ts'
import { setup } from '../video/setup.ts'

const VIDEOS = 6

test('every video is one row, once, though answers are lost, requests fail, and results are delivered again', async () => {
  const airtable = createAirtable({
    environment: 'test',
    seed: 1,
    limits: null,
    apiKey: 'test-key',
    // The first request of each kind is written and not answered; the next fails before it is written.
    faults: { dropAfterWrite: {}, error500: { rate: 0.5 } },
  })
  const at = await airtable.start()
  onTestFinished(() => airtable.stop())
  const films = {
    kind: 'airtable',
    baseUrl: at.baseUrl,
    apiKey: 'test-key',
    allowPrivate: true,
    base: at.base,
    table: 'Videos',
    perSecond: 5,
    fields: { Name: '/key', Status: '/status', 'Video URL': '/output/files/0/sourceUrl', Error: '/error/message' },
  }
  const bundle = await setup({ settings: { sinks: { films } } })
  onTestFinished(() => bundle[Symbol.asyncDispose]())
  const { becket, db } = bundle
  const input = { operation: 'concatenate' as const, videos: ['https://files.example.org/a.mp4'] }
  const made = Array.from({ length: VIDEOS }, (_, index) =>
    becket.jobs.create({ pipeline: 'video', key: `film-${index}`, input, deliverTo: ['films'] }),
  )
  const jobs = await Promise.all(made)

  /** Until all is delivered, with the pauses between tries cut short, and the breaker closed. */
  const allDelivered = () =>
    look('the deliveries', async () => {
      await db.query(`update becket.outbox set due_at = clock_timestamp() where state = 'pending'`)
      await db.query(`delete from becket.breaker where name = 'sink:films'`)
      await db.query(`update becket.wakeup set due = clock_timestamp()
        where lane = 'outbox' and owner is null and due > clock_timestamp()`)
      const { items } = await becket.deliveries.list({ sink: 'films' })
      return items.length === VIDEOS && items.every(({ state }) => state === 'delivered') ? items : undefined
    })
  const first = await allDelivered()
  for (const { id } of first) await becket.deliveries.redeliver(id, { reason: 'once more' })
  await allDelivered()

  const rows = airtable.rows().filter(({ table }) => table === 'Videos')
  const found = rows.map(({ fields }) => [fields['Run ID'], fields.Name, fields.Status]).sort()
  expect(found).toEqual(jobs.map(({ id, key }) => [id, key, 'completed']).sort())
  const results = await Promise.all(jobs.map(({ id }) => becket.jobs.get(id)))
  for (const { id, output } of results) {
    const row = rows.find(({ fields }) => fields['Run ID'] === id)
    expect(output).toMatchObject({ files: [{ sourceUrl: row?.fields['Video URL'] }] })
  }
  const lost = airtable.ledger.entries('records').filter(({ status }) => status !== 200)
  expect(lost.length).toBeGreaterThan(0)
})
