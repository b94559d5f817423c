/** However the parser answers, each document ends: by whichever proof comes first, or for its true reason. */
import { describe, expect, test } from 'vitest'
import { page, pdf } from './pdf.ts'
import { type Bundle, DIMENSIONS, setup } from './setup.ts'
import { endedWithoutPauses, row, typesOf } from './waits.ts'

const report = () => pdf(page('Ropes'), page('Knots'))

async function settledBy({ db }: Bundle, { jobId }: { jobId: string }, operation = 'parse') {
  const { rows } = await db.query<{ settled_by: string; attempt: number; external_id: string | null }>(
    `select settled_by, attempt, external_id from becket.expectation
     where job_id = $1 and operation = $2 and state = 'succeeded'`,
    [jobId, operation],
  )
  return rows[0]
}

describe.each(['v1', 'v2'] as const)('a document at LlamaParse %s', (api) => {
  test('is finished by its callback', async () => {
    await using bundle = await setup({ api, parse: { expectWithin: '20s' } })
    const document = await bundle.submit(report())
    const job = await bundle.ended(document)
    expect(job).toMatchObject({ state: 'done', status: 'complete', progress: 100, error: null, stage: 'store' })
    expect(await bundle.becket.documents.get(document.id)).toMatchObject({ status: 'complete', state: 'finalized' })
    expect(await settledBy(bundle, document)).toMatchObject({ settled_by: 'callback', attempt: 1 })
    expect(await settledBy(bundle, document, 'embed')).toMatchObject({ settled_by: 'response', attempt: 1 })
    const { rows } = await bundle.db.query<{ length: number; content: string }>(
      'select array_length(embedding, 1) as length, content from becket.chunk where document_id = $1 order by ordinal',
      [document.id],
    )
    expect(rows.map(({ length }) => length)).toEqual(rows.map(() => DIMENSIONS))
    expect(rows.map(({ content }) => content).join('\n')).toContain('Line 12 tells more about Knots')
  })

  test('is finished by asking when every callback is lost', async () => {
    await using bundle = await setup({ api, faults: { parse: { loss: 1 } } })
    const documents = await Promise.all(['Anchors', 'Buoys', 'Cleats'].map((title) => bundle.submit(pdf(page(title)))))
    for (const document of documents) {
      expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
      expect(await settledBy(bundle, document)).toMatchObject({ settled_by: 'check', attempt: 1 })
    }
    expect(bundle.rehearsal.ledger.entries('callback')).toEqual([])
  })

  test('is finished by its output when the callback is lost and the status API is down', async () => {
    await using bundle = await setup({ api, faults: { parse: { loss: 1, statusDown: 1 } } })
    const document = await bundle.submit(report())
    expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
    expect(await settledBy(bundle, document)).toMatchObject({ settled_by: 'artifact', attempt: 1 })
  })

  test('is finished by the answer itself when the parser answers at once', async () => {
    await using bundle = await setup({ api, faults: { parse: { synchronous: 1 } } })
    const document = await bundle.submit(report())
    expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
    expect(await settledBy(bundle, document)).toMatchObject({ settled_by: 'response', attempt: 1 })
  })
})

describe('a submit whose answer is lost', () => {
  test('is not repeated where the callback proves in time that the work was taken', async () => {
    await using bundle = await setup({
      faults: { parse: { serverError: { when: 'after', attempts: 9 } } },
      // The callback is not to overtake the failure of the submit.
      processing: 1_000,
      parse: { expectWithin: '15s' },
    })
    const document = await bundle.submit(report())
    const job = await bundle.ended(document)
    expect(job.state).toBe('done')
    expect(typesOf(job)).toContain('expectation.unconfirmed')
    expect(await settledBy(bundle, document)).toMatchObject({ settled_by: 'callback', attempt: 1 })
    expect(bundle.rehearsal.ledger.entries('submit')).toHaveLength(1)
  })

  test('is repeated as a counted attempt of its own once it is overdue', async () => {
    await using bundle = await setup({ faults: { parse: { serverError: { when: 'before' } } } })
    const document = await bundle.submit(report())
    const job = await bundle.ended(document)
    expect(job.state).toBe('done')
    expect(typesOf(job)).toContain('expectation.resubmitted')
    expect(await settledBy(bundle, document)).toMatchObject({ attempt: 2 })
    expect(bundle.rehearsal.ledger.entries('submit')).toHaveLength(2)
  })

  test('is never repeated by itself where that is not safe', async () => {
    await using bundle = await setup({
      faults: { parse: { serverError: { when: 'before' } } },
      parse: { expectWithin: '100ms', deadline: '600ms', resubmit: 'ask' },
    })
    const job = await bundle.ended(await bundle.submit(report()))
    expect(job).toMatchObject({ state: 'deadletter', status: 'failed_parse', error: { code: 'PARSE_TIMED_OUT' } })
    expect(bundle.rehearsal.ledger.entries('submit')).toHaveLength(1)
  })
})

test('a parser that never ends leads to the dead letters at the deadline, and its late success brings the document back', async () => {
  await using bundle = await setup({
    processing: 1_500,
    parse: { expectWithin: '100ms', every: '100ms', deadline: '500ms' },
  })
  const document = await bundle.submit(report())
  const given = await bundle.ended(document)
  expect(given).toMatchObject({ state: 'deadletter', error: { code: 'PARSE_TIMED_OUT', retryable: true } })
  await bundle.rehearsal.ledger.waitFor('callback')
  await row(bundle.db, `select 1 from becket.job where id = $1 and state = 'done'`, [document.jobId])
  const revived = await bundle.becket.jobs.get(document.jobId)
  expect(typesOf(revived)).toEqual(expect.arrayContaining(['expectation.expired', 'expectation.revived', 'job.done']))
  expect(revived).toMatchObject({ state: 'done', error: null })
})

test('a document without text fails as such, and nothing is put in its place', async () => {
  await using bundle = await setup()
  const document = await bundle.submit(pdf([]))
  const job = await bundle.ended(document)
  expect(job).toMatchObject({
    state: 'deadletter',
    stage: 'validate',
    status: 'failed_parse',
    output: null,
    error: { code: 'PARSE_EMPTY', retryable: false, supportId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
  })
  const { rows } = await bundle.db.query('select 1 from becket.chunk where document_id = $1', [document.id])
  expect(rows).toEqual([])
})

describe('vectors that cannot be right', () => {
  test.each(['zeroVector', 'wrongLength', 'missingItem'] as const)(
    '%s: tried again, then told; nothing is invented, and a retry by hand mends it',
    async (fault) => {
      await using bundle = await setup({ faults: { embed: { [fault]: 1 } }, maxRetries: 2 })
      const document = await bundle.submit(report())
      const failed = await bundle.ended(document)
      expect(failed).toMatchObject({
        state: 'deadletter',
        status: 'failed_embedding',
        error: { code: 'EMBEDDING_INVALID', supportId: expect.any(String) },
      })
      expect(bundle.rehearsal.ledger.entries('embed')).toHaveLength(3)
      const { rows } = await bundle.db.query(
        'select 1 from becket.chunk where document_id = $1 and embedding is not null',
        [document.id],
      )
      expect(rows).toEqual([])

      bundle.rehearsal.setFaults({})
      await bundle.becket.jobs.retry(document.jobId)
      expect(await bundle.ended(document)).toMatchObject({ state: 'done', status: 'complete' })
    },
  )

  test('that come right at the next try leave no trace but the try', async () => {
    await using bundle = await setup({ faults: { embed: { zeroVector: { attempts: 1 } } } })
    const job = await bundle.ended(await bundle.submit(report()))
    expect(job).toMatchObject({ state: 'done', error: null })
    expect(typesOf(job)).toContain('stage.retry')
  })

  test('are put in the place of their texts, in whatever order they come', async () => {
    await using bundle = await setup({ faults: { embed: { reorder: 1 } }, maxTokens: 64 })
    const document = await bundle.submit(report())
    expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
    const inOrder = await vectorsOf(bundle, document.id)
    expect(inOrder.length).toBeGreaterThan(3)
    bundle.rehearsal.setFaults({})
    const again = await bundle.submit(report(), { owner: 'somebody else' })
    expect(await bundle.ended(again)).toMatchObject({ state: 'done' })
    expect(await vectorsOf(bundle, again.id)).toEqual(inOrder)
  })
})

test('many pieces are embedded in batches, each once', async () => {
  await using bundle = await setup({ embed: { batchSize: 2 }, maxTokens: 48 })
  const document = await bundle.submit(report())
  const job = await bundle.ended(document)
  expect(job.state).toBe('done')
  const embeds = bundle.rehearsal.ledger.entries('embed')
  const { rows } = await bundle.db.query('select 1 from becket.chunk where document_id = $1', [document.id])
  expect(rows.length).toBeGreaterThan(4)
  expect(embeds.map(({ items }) => items)).toEqual(embeds.map((_, index) => Math.min(2, rows.length - index * 2)))
  expect(new Set(embeds.map(({ work }) => work)).size).toBe(embeds.length)
})

test('an embedding service that is down for a moment costs an attempt, not the document', async () => {
  await using bundle = await setup({ faults: { embed: { serverError: { attempts: 1, status: 500 } } } })
  const job = await endedWithoutPauses(bundle, await bundle.submit(report()))
  expect(job).toMatchObject({ state: 'done' })
})

async function vectorsOf({ db }: Bundle, documentId: string): Promise<unknown[]> {
  const { rows } = await db.query<{ ordinal: number; embedding: number[] }>(
    'select ordinal, embedding from becket.chunk where document_id = $1 order by ordinal',
    [documentId],
  )
  return rows
}
