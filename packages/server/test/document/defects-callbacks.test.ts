/** What went wrong with callbacks in the pipeline that this one takes the place of, each as a test that it does not here. */
import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { page, pdf } from './pdf.ts'
import { type Bundle, setup } from './setup.ts'
import { look, row, typesOf } from './waits.ts'

const report = () => pdf(page('Ropes'))

interface Waiting {
  id: string
  external_id: string
}

async function handedOver({ db }: Bundle, { jobId }: { jobId: string }): Promise<Waiting> {
  return row<Waiting>(
    db,
    `select id, external_id from becket.expectation where job_id = $1 and operation = 'parse' and state = 'waiting'`,
    [jobId],
  )
}

function event(externalId: string, status: string, more: object = {}): string {
  return JSON.stringify({
    event_id: `made-by-the-test-${status}`,
    event_type: `parse.${status}`,
    timestamp: 1_800_000_000,
    data: { id: externalId, job_id: externalId, status, ...more },
  })
}

/** To the address that the first users know, signed with `secret` where one is given. */
async function callBack({ url }: Bundle, jobId: string, body: string, secret?: string): Promise<number> {
  const signature = secret && `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
  const headers = { 'content-type': 'application/json', ...(signature && { 'lc-signature': signature }) }
  return (await fetch(`${url}/webhook/llamaparse/${jobId}`, { method: 'POST', headers, body })).status
}

interface Kept {
  verdict: string
  fate: string
  fate_reason: string | null
  expectation_id: string | null
}

async function kept({ db }: Bundle, count: number): Promise<Kept[]> {
  return look(`${count} callbacks with a fate`, async () => {
    const { rows } = await db.query<Kept>(
      `select verdict, fate, fate_reason, expectation_id from becket.callback where fate <> 'received' order by id`,
    )
    return rows.length >= count ? rows : undefined
  })
}

test('3: the parser’s job id is kept, so that a lost callback is recovered by asking', async () => {
  await using bundle = await setup({ faults: { parse: { loss: 1 } } })
  const document = await bundle.submit(report())
  const { external_id: externalId } = await handedOver(bundle, document)
  expect(bundle.rehearsal.ledger.entries('submit')).toMatchObject([{ jobId: externalId }])
  expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
  expect(bundle.rehearsal.ledger.entries('check').map(({ jobId }) => jobId)).toContain(externalId)
})

test.each(['v1', 'v2'] as const)(
  '4: a callback faster than the submit’s answer is not overwritten (%s)',
  async (api) => {
    await using bundle = await setup({ api, faults: { parse: { early: 1 } }, parse: { expectWithin: '20s' } })
    const document = await bundle.submit(report())
    const job = await bundle.ended(document)
    expect(job).toMatchObject({ state: 'done', status: 'complete' })
    const settled = await row<{ settled_by: string; external_id: string }>(
      bundle.db,
      `select settled_by, external_id from becket.expectation where operation = 'parse' and state = 'succeeded'`,
    )
    expect(settled).toEqual({
      settled_by: 'callback',
      external_id: bundle.rehearsal.ledger.entries('submit')[0]?.jobId,
    })
    const types = typesOf(job)
    expect(types.slice(types.indexOf('expectation.succeeded'))).not.toContain('expectation.waiting')
  },
)

test('5: a callback after the end, and each repetition of it, is recorded and moves nothing', async () => {
  const faults = { parse: { lateCallback: 1, duplicate: { copies: 2 } } }
  await using bundle = await setup({ faults })
  const document = await bundle.submit(report())
  const ended = await bundle.ended(document)
  const standing = `select version, state, stage, updated_at from becket.job where id = $1`
  await bundle.rehearsal.ledger.waitFor('callback', ({ copy }) => copy === 2)
  const fates = (await kept(bundle, 3)).map(({ fate }) => fate)
  expect(fates).toEqual(['late', 'duplicate', 'duplicate'])
  const { rows } = await bundle.db.query(standing, [document.jobId])
  expect(rows).toMatchObject([{ state: 'done', stage: 'store', updated_at: new Date(ended.updatedAt) }])
  const evidence = await bundle.db.query<{ relation: string }>(
    `select relation from becket.evidence where origin = 'callback'`,
  )
  expect(evidence.rows).toEqual([{ relation: 'late' }])
  expect(typesOf(await bundle.becket.jobs.get(document.jobId))).toContain('evidence.late')
})

test('5: a failure that comes after the success contradicts it, and changes nothing', async () => {
  await using bundle = await setup({ parse: { expectWithin: '20s' } })
  const document = await bundle.submit(report())
  await bundle.ended(document)
  const { external_id: externalId } = await row<Waiting>(
    bundle.db,
    `select id, external_id from becket.expectation where operation = 'parse'`,
  )
  const failure = event(externalId, 'error', { status: 'FAILED', error_code: 'LATE', error_message: 'too late' })
  expect(await callBack(bundle, externalId, failure, bundle.webhookSecret)).toBe(200)
  expect((await kept(bundle, 2))[1]).toMatchObject({
    fate: 'late',
    fate_reason: expect.stringContaining('contradicts'),
  })
  expect(await bundle.becket.jobs.get(document.jobId)).toMatchObject({ state: 'done', error: null })
})

test('6: the parser is told the secret, and signs with it', async () => {
  await using bundle = await setup({ parse: { expectWithin: '20s' } })
  expect(await bundle.ended(await bundle.submit(report()))).toMatchObject({ state: 'done' })
  expect(await kept(bundle, 1)).toMatchObject([{ verdict: 'verified', fate: 'matched' }])
})

test('6: without a secret, the token in the address proves the callback', async () => {
  await using bundle = await setup({ signed: false, parse: { expectWithin: '20s' } })
  expect(await bundle.ended(await bundle.submit(report()))).toMatchObject({ state: 'done' })
  expect(await kept(bundle, 1)).toMatchObject([{ verdict: 'token', fate: 'matched' }])
})

test('6: a forged signature is refused and kept; none at all settles nothing, but has the parser asked', async () => {
  // The parser is never done: what settles can only be what the test sends.
  await using bundle = await setup({ processing: 600_000, parse: { expectWithin: '20s' } })
  const document = await bundle.submit(report())
  const { external_id: externalId } = await handedOver(bundle, document)
  const body = event(externalId, 'COMPLETED', { markdown: '# Ropes\n\nA text that only the parser can know.' })
  expect(await callBack(bundle, externalId, body, 'a secret of somebody else')).toBe(401)
  expect(bundle.rehearsal.ledger.entries('check')).toEqual([])
  expect(await callBack(bundle, externalId, body)).toBe(200)
  await bundle.rehearsal.ledger.waitFor('check', ({ jobId }) => jobId === externalId)
  expect(await kept(bundle, 2)).toMatchObject([
    { verdict: 'refused', fate: 'refused', expectation_id: null },
    { verdict: 'unsigned', fate: 'matched', fate_reason: expect.stringContaining('asked') },
  ])
  expect(await bundle.becket.jobs.get(document.jobId)).toMatchObject({ state: 'working', stage: 'parse' })
  expect(await callBack(bundle, externalId, body, bundle.webhookSecret)).toBe(200)
  expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
  expect((await kept(bundle, 3))[2]).toMatchObject({ verdict: 'verified', fate: 'matched' })
})

test('6: an address with a token that is not ours is refused, and the token is nowhere kept', async () => {
  await using bundle = await setup({ processing: 600_000, parse: { expectWithin: '20s' } })
  const { id, external_id: externalId } = await handedOver(bundle, await bundle.submit(report()))
  const forged = `test.${id}.${Buffer.alloc(32, 7).toString('base64url')}`
  const answer = await fetch(`${bundle.url}/in/llamaparse/t/${forged}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: event(externalId, 'COMPLETED'),
  })
  expect(answer.status).toBe(401)
  const { rows } = await bundle.db.query<{ url: string }>(
    `select convert_from(url, 'UTF8') as url from becket.callback where verdict = 'refused'`,
  )
  expect(rows).toHaveLength(1)
  expect(rows[0]?.url).not.toContain(forged.slice(-20))
  expect(bundle.logged()).not.toContain(forged.slice(-20))
})

test.each(['v1', 'v2'] as const)(
  '11: a failure that the parser calls back is told with its reason (%s)',
  async (api) => {
    const failure = { code: 'PDF_ENCRYPTED', message: 'The file needs a password.' }
    await using bundle = await setup({ api, faults: { parse: { failure } }, parse: { expectWithin: '20s' } })
    const document = await bundle.submit(report())
    const job = await bundle.ended(document)
    expect(job).toMatchObject({
      state: 'deadletter',
      status: 'failed_parse',
      error: {
        code: 'PARSE_FAILED',
        message: 'llamaparse says PDF_ENCRYPTED: The file needs a password.',
        retryable: false,
      },
    })
    expect(bundle.rehearsal.ledger.entries('callback')).toMatchObject([{ status: 200 }])
    expect(await kept(bundle, 1)).toMatchObject([{ fate: 'matched' }])
  },
)

test('11: a failure that may pass is tried again before it is told', async () => {
  await using bundle = await setup({ faults: { parse: { failure: { attempts: 1 } } }, parse: { expectWithin: '20s' } })
  const job = await bundle.ended(await bundle.submit(report()))
  expect(job).toMatchObject({ state: 'done' })
  expect(bundle.rehearsal.ledger.entries('submit')).toHaveLength(2)
})

test.each(['v1', 'v2'] as const)('11: the word “OK” is understood (%s)', async (api) => {
  const faults = { parse: { otherStatusWord: { word: 'OK', where: 'both' as const } } }
  await using bundle = await setup({ api, faults, parse: { expectWithin: '20s' } })
  const document = await bundle.submit(report())
  expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
  expect(await kept(bundle, 1)).toMatchObject([{ fate: 'matched' }])
})

test.each(['v1', 'v2'] as const)(
  '11: a word that nobody knows is kept in quarantine, and the parser is asked at once (%s)',
  async (api) => {
    const faults = { parse: { otherStatusWord: { word: 'FLOURISHED' } } }
    await using bundle = await setup({ api, faults, parse: { expectWithin: '20s' } })
    const document = await bundle.submit(report())
    expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
    const [callback] = await kept(bundle, 1)
    expect(callback).toMatchObject({ fate: 'quarantined', fate_reason: expect.stringMatching(/FLOURISHED/i) })
    const settled = await row(
      bundle.db,
      `select settled_by from becket.expectation where operation = 'parse' and state = 'succeeded'`,
    )
    expect(settled).toEqual({ settled_by: 'check' })
  },
)

test('a callback in any other shape settles all the same', async () => {
  await using bundle = await setup({ parse: { expectWithin: '20s' } })
  const where = 'callback' as const
  const shapes = {
    'a list': { listShape: 1 },
    'JSON in a string': { stringified: 1 },
    'an id that is null': { nullId: { where } },
    'no id': { missingId: { where } },
    'a list of JSON in a string, twice': { listShape: 1, stringified: 1, duplicate: 1 },
  }
  for (const [shape, parse] of Object.entries(shapes)) {
    bundle.rehearsal.setFaults({ parse })
    const document = await bundle.submit(pdf(page(shape)))
    expect(await bundle.ended(document), shape).toMatchObject({ state: 'done' })
    const { rows } = await bundle.db.query(
      `select settled_by from becket.expectation where job_id = $1 and operation = 'parse'`,
      [document.jobId],
    )
    expect(rows, shape).toEqual([{ settled_by: 'callback' }])
  }
})
