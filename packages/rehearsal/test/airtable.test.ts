/** The Airtable stand-in over HTTP, as our own requests meet it. The official client has a test in the server's package. */
import { expect, test } from 'vitest'
import { setUpAirtable } from './fixtures/airtable-bundle.ts'

test('what is created is read, changed, replaced and deleted', async () => {
  const { create, call, list } = await setUpAirtable()
  const created = await create({
    'Run ID': 'a',
    Order: 1,
    Done: true,
    Status: 'processing',
    Link: 'https://example.org',
  })
  const id = created.body.records?.[0]?.id ?? ''
  expect(id).toMatch(/^rec\w{14}$/)
  expect((await call('PATCH', `app1/Videos/${id}`, { fields: { Order: 2, Done: false } })).body.fields).toEqual({
    'Run ID': 'a',
    Order: 2,
    Status: 'processing',
    Link: 'https://example.org',
  })
  await call('PUT', 'app1/Videos', { records: [{ id, fields: { 'Run ID': 'b' } }] })
  expect((await call('GET', `app1/Videos/${id}`)).body.fields).toEqual({ 'Run ID': 'b' })
  expect((await call('DELETE', `app1/Videos/${id}`)).body).toEqual({ id, deleted: true })
  expect((await list()).body.records).toEqual([])
})

test('an upsert creates where nothing matches, updates where one does, and fails where several do', async () => {
  const { upsert, create, list, standIn } = await setUpAirtable()
  const first = await upsert({ 'Run ID': 'a', Order: 1 }, { 'Run ID': 'b', Order: 2 })
  expect(first.body).toMatchObject({ createdRecords: [expect.any(String), expect.any(String)], updatedRecords: [] })
  const again = await upsert({ 'Run ID': 'a', Order: 9 })
  expect(again.body).toMatchObject({ createdRecords: [], updatedRecords: [first.body.createdRecords?.[0]] })
  await create({ 'Run ID': 'b' })
  expect(await upsert({ 'Run ID': 'c' }, { 'Run ID': 'b' })).toMatchObject({ status: 422 })
  // All or nothing: `c` was not written either.
  expect((await list()).body.records?.map(({ fields }) => fields['Run ID'])).toEqual(['a', 'b', 'b'])
  expect(standIn.rows()).toMatchObject([
    { base: 'app1', table: 'Videos', fields: { 'Run ID': 'a', Order: 9 } },
    { fields: { 'Run ID': 'b', Order: 2 } },
    { fields: { 'Run ID': 'b' } },
  ])
})

test('a list is filtered, sorted, cut and paged', async () => {
  const { create, list } = await setUpAirtable()
  for (const from of [0, 10])
    await create(...Array.from({ length: 10 }, (_, n) => ({ 'Run ID': `r${from + n}`, Order: n })))
  const runs = async (query: string) => (await list(query)).body.records?.map(({ fields }) => fields['Run ID'])
  expect(await runs(`filterByFormula=${encodeURIComponent("AND({Order}>7,{Run ID}!='r19')")}`)).toEqual([
    'r8',
    'r9',
    'r18',
  ])
  expect(await runs('sort[0][field]=Order&sort[0][direction]=desc&maxRecords=2')).toEqual(['r9', 'r19'])
  const page = await list('pageSize=15')
  expect(page.body.records).toHaveLength(15)
  const rest = await list(`pageSize=15&offset=${page.body.offset}&fields[]=Order`)
  expect(rest.body.records).toHaveLength(5)
  expect(Object.keys(rest.body.records?.[0]?.fields ?? {})).toEqual(['Order'])
  expect(rest.body.offset).toBeUndefined()
})

test.each<[string, Record<string, unknown>, string]>([
  ['an unknown field', { Nope: 1 }, 'UNKNOWN_FIELD_NAME'],
  ['a status that the select does not have', { Status: 'submitted' }, 'INVALID_MULTIPLE_CHOICE_OPTIONS'],
  ['a text where a number belongs', { Order: '7' }, 'INVALID_VALUE_FOR_COLUMN'],
  ['a number where a text belongs', { 'Run ID': 7 }, 'INVALID_VALUE_FOR_COLUMN'],
  ['no date', { When: 'soon' }, 'INVALID_VALUE_FOR_COLUMN'],
  ['an attachment without an address', { Video: [{ link: 'x' }] }, 'INVALID_ATTACHMENT_OBJECT'],
])('%s is refused with 422', async (_, fields, type) => {
  const { create, list, ledger } = await setUpAirtable()
  expect(await create(fields)).toMatchObject({ status: 422, body: { error: { type, message: expect.any(String) } } })
  expect((await list()).body.records).toEqual([])
  expect(ledger.entries('records')[0]).toMatchObject({ operation: 'create', status: 422, error: type })
})

test('typecast makes of a value what the field takes, a new choice included', async () => {
  const { call, create } = await setUpAirtable()
  const fields = { Order: '7', 'Run ID': 7, Status: 'submitted', Done: 'true' }
  const { body } = await call('POST', 'app1/Videos', { records: [{ fields }], typecast: true })
  expect(body.records?.[0]?.fields).toEqual({ Order: 7, 'Run ID': '7', Status: 'submitted', Done: true })
  expect((await create({ Status: 'submitted' })).status).toBe(200)
})

test('what is not there, not allowed or too much is answered in the words of Airtable', async () => {
  const { call, create, upsert, list } = await setUpAirtable()
  expect(await call('GET', 'app1/Videos', undefined, 'other')).toMatchObject({
    status: 401,
    body: { error: { type: 'AUTHENTICATION_REQUIRED' } },
  })
  const noTable = { status: 403, body: { error: { type: 'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND' } } }
  expect(await call('GET', 'app1/Nope')).toMatchObject(noTable)
  expect(await call('GET', 'app2/Videos')).toEqual({ status: 404, body: { error: 'NOT_FOUND' } })
  expect((await call('GET', 'app1/Videos/rec00000000000000')).status).toBe(404)
  expect((await call('PATCH', 'app1/Videos', { records: [{ id: 'rec1', fields: {} }] })).status).toBe(404)
  expect((await create(...Array.from({ length: 11 }, () => ({})))).status).toBe(422)
  expect((await upsert({ Order: 1 })).status).toBe(422)
  expect((await list('filterByFormula=FIND()')).body.error).toMatchObject({ type: 'INVALID_FILTER_BY_FORMULA' })
  expect((await list(`filterByFormula=${encodeURIComponent('{Nope}')}`)).status).toBe(422)
  expect((await list('offset=itr1/rec1')).body.error).toMatchObject({ type: 'LIST_RECORDS_ITERATOR_NOT_AVAILABLE' })
  expect((await list('pageSize=101')).status).toBe(422)
  expect((await list('sort[0][field]=Nope')).status).toBe(422)
})

test('the sixth request of a second is 429, and so is all until the lockout ends', async () => {
  let nowMs = 1_000_000
  const { list, ledger } = await setUpAirtable({ limits: { perBase: 5, perKey: 50 }, timeScale: 1, now: () => nowMs })
  for (let asked = 0; asked < 5; asked++) expect((await list()).status).toBe(200)
  expect(await list()).toMatchObject({ status: 429, body: { errors: [{ error: 'RATE_LIMIT_REACHED' }] } })
  nowMs += 29_999
  expect((await list()).status).toBe(429)
  nowMs += 1
  expect((await list()).status).toBe(200)
  expect(ledger.summary().tables).toMatchObject({ requests: 8, throttled: 2 })
})

test('throttle: the first request of its kind is 429, and the lockout follows', async () => {
  let nowMs = 1_000_000
  const limits = { perBase: 5, perKey: 50 }
  const faults = { throttle: { attempts: 1 } }
  const { list, standIn } = await setUpAirtable({ limits, timeScale: 1, faults, now: () => nowMs })
  expect((await list()).status).toBe(429)
  standIn.setFaults({})
  expect((await list()).status).toBe(429)
  nowMs += 30_000
  expect((await list()).status).toBe(200)
})

test('error500 writes nothing; dropAfterWrite writes, and cuts the connection', async () => {
  const { upsert, standIn, ledger } = await setUpAirtable({ faults: { error500: 1 } })
  expect((await upsert({ 'Run ID': 'a' })).status).toBe(500)
  expect(standIn.rows()).toEqual([])
  standIn.setFaults({ dropAfterWrite: { attempts: 2 } })
  await expect(upsert({ 'Run ID': 'a' })).rejects.toThrow()
  expect(standIn.rows()).toHaveLength(1)
  expect(ledger.entries('records').at(-1)).toMatchObject({ operation: 'upsert', created: 1, status: null })
  expect((await upsert({ 'Run ID': 'a' })).body.createdRecords).toEqual([])
})

test('upsertTwins: two upserts of one key at once make two records; one after the other they do not', async () => {
  const { upsert, standIn } = await setUpAirtable({ faults: { upsertTwins: { gapMs: 50 } } })
  await Promise.all([upsert({ 'Run ID': 'a' }), upsert({ 'Run ID': 'a' })])
  expect(standIn.rows()).toHaveLength(2)
  await upsert({ 'Run ID': 'b' })
  await upsert({ 'Run ID': 'b' })
  expect(standIn.rows()).toHaveLength(3)
})
