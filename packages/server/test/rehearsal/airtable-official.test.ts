/** The rehearsal's Airtable, used by the official client as its users use the real one. */
import { type AirtableOptions, createAirtable } from '@becket/rehearsal'
import Airtable from 'airtable'
import { expect, onTestFinished, test, vi } from 'vitest'

async function setUp(options: Partial<AirtableOptions> = {}) {
  const standIn = createAirtable({ environment: 'test', seed: 1, limits: null, timeScale: 0.001, ...options })
  onTestFinished(() => standIn.stop())
  const { baseUrl, apiKey, base } = await standIn.start()
  const table = new Airtable({ apiKey, endpointUrl: baseUrl }).base(base)('Videos')
  return { standIn, table, ledger: standIn.ledger }
}

test('it creates, finds, updates, replaces and deletes records', async () => {
  const { table } = await setUp()
  const [first] = await table.create([
    { fields: { 'Run ID': 'a', Status: 'processing' } },
    { fields: { 'Run ID': 'b' } },
  ])
  const id = first?.id ?? ''
  expect((await table.find(id)).fields).toEqual({ 'Run ID': 'a', Status: 'processing' })
  await table.update([{ id, fields: { Status: 'completed' } }])
  expect((await table.find(id)).fields).toEqual({ 'Run ID': 'a', Status: 'completed' })
  await table.replace(id, { Name: 'c' })
  expect((await table.find(id)).fields).toEqual({ Name: 'c' })
  expect((await table.destroy([id])).map((record) => record.id)).toEqual([id])
  await expect(table.find(id)).rejects.toMatchObject({ statusCode: 404, error: 'NOT_FOUND' })
  expect((await table.create({ Name: 'single' })).fields).toEqual({ Name: 'single' })
})

test('it pages through a table, and filters it, by GET and by POST', async () => {
  const { table } = await setUp()
  for (let batch = 0; batch < 3; batch++) {
    await table.create(Array.from({ length: 10 }, (_, n) => ({ fields: { Name: `n${n}`, Bytes: batch * 10 + n } })))
  }
  const sizes: number[] = []
  await table.select({ pageSize: 12 }).eachPage((records, next) => {
    sizes.push(records.length)
    next()
  })
  expect(sizes).toEqual([12, 12, 6])
  const filterByFormula = "AND({Name}='n3',{Bytes}>5)"
  const found = await table
    .select({ filterByFormula, fields: ['Bytes'], sort: [{ field: 'Bytes', direction: 'desc' }] })
    .all()
  expect(found.map(({ fields }) => fields)).toEqual([{ Bytes: 23 }, { Bytes: 13 }])
  expect(await table.select({ filterByFormula, method: 'post', maxRecords: 1 }).firstPage()).toHaveLength(1)
})

test('it is told why a record is refused', async () => {
  const { table } = await setUp()
  await expect(table.create({ Status: 'submitted' })).rejects.toMatchObject({
    statusCode: 422,
    error: 'INVALID_MULTIPLE_CHOICE_OPTIONS',
  })
  expect((await table.create({ Status: 'submitted' }, { typecast: true })).fields).toEqual({ Status: 'submitted' })
  await expect(table.create({ Nope: 'x' })).rejects.toMatchObject({ statusCode: 422, error: 'UNKNOWN_FIELD_NAME' })
})

test('it waits for the end of a lockout, and its record is written once', async () => {
  // Its backoff is a random share of 5 s and more: a hundredth here.
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.002)
  onTestFinished(() => random.mockRestore())
  const { table, standIn, ledger } = await setUp({ limits: { perBase: 5, perKey: 50 }, faults: { throttle: 1 } })
  await table.create({ 'Run ID': 'a' })
  expect(standIn.rows()).toMatchObject([{ fields: { 'Run ID': 'a' } }])
  expect(ledger.summary().tables.throttled).toBeGreaterThan(0)
})
