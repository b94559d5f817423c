/** What went wrong with jobs in the pipeline that this one takes the place of, each as a test that it does not here. */
import { expect, test } from 'vitest'
import { claimDueWakeups } from '../../src/store/wakeup-claims.ts'
import { page, pdf } from './pdf.ts'
import { setup } from './setup.ts'
import { endedWithoutPauses, look, row, typesOf } from './waits.ts'

const titles = ['Anchors', 'Buoys', 'Cleats', 'Docks', 'Eyes', 'Fenders', 'Gaffs', 'Hitches']

test('1: no job is worked on by two workers', async () => {
  await using bundle = await setup({ roles: ['intake', 'api'], slots: 3 })
  const documents = []
  for (const title of titles) documents.push(await bundle.submit(pdf(page(title))))
  // Both start on the same backlog at once.
  await bundle.another({ roles: ['worker'] })
  await bundle.another({ roles: ['worker'] })
  for (const document of documents) {
    const job = await bundle.ended(document)
    expect(job.state).toBe('done')
    const types = typesOf(job)
    expect(new Set(types.filter((type) => type === 'stage.handed-over' || type === 'document.parsed')).size).toBe(2)
    expect(types.filter((type) => type === 'document.parsed' || type === 'document.chunked')).toHaveLength(2)
  }
  expect(bundle.rehearsal.ledger.entries('submit')).toHaveLength(titles.length)
  expect(bundle.rehearsal.ledger.entries('embed')).toHaveLength(titles.length)
  const { rows } = await bundle.db.query('select 1 from becket.expectation where attempt > 1')
  expect(rows).toEqual([])
})

test('1: a claim lasts: who asks while another holds the job gets nothing', async () => {
  await using bundle = await setup({ roles: ['intake', 'api'] })
  for (const title of titles) await bundle.submit(pdf(page(title)))
  const claims = await Promise.all(
    ['one', 'two', 'three', 'four'].map((owner) => claimDueWakeups(bundle.db, 'job', 3, owner)),
  )
  const subjects = claims.flat().map(({ subject }) => subject)
  expect(subjects).toHaveLength(titles.length)
  expect(new Set(subjects).size).toBe(titles.length)
  expect(await claimDueWakeups(bundle.db, 'job', 10, 'late')).toEqual([])
  // The hold is the worker’s own, and is seen as such.
  const working = await bundle.becket.jobs.list({ state: ['working'] })
  expect(working.items).toHaveLength(titles.length)
})

test('2: with nothing but waiting jobs left, the workers rest', async () => {
  await using bundle = await setup({
    processing: 600_000,
    parse: { expectWithin: '10m', deadline: '1h' },
    pollInterval: '5s',
  })
  const { db } = bundle
  for (const title of titles.slice(0, 3)) await bundle.submit(pdf(page(title)))
  await row(db, `select 1 from becket.job having count(*) filter (where state = 'waiting') = 3`)
  let looks = 0
  const measured = async () => {
    looks += 1
    const { rows } = await db.query<{ fence: string; commits: string; stamp: string }>(
      `select (select last_value from becket.fence) as fence, max(seen_at)::text as stamp,
         (select xact_commit from pg_stat_database where datname = current_database()) as commits
       from becket.instance`,
    )
    const [measure] = rows
    if (measure === undefined) throw new Error('there is no instance')
    return measure
  }
  const before = await measured()
  looks = 0
  // The next sign of life of the process: about two seconds.
  const after = await look('the next sign of life', async () => {
    const measure = await measured()
    return measure.stamp === before.stamp ? undefined : measure
  })
  expect(after.fence).toBe(before.fence)
  // A loop without a pause would make thousands.
  expect(Number(after.commits) - Number(before.commits)).toBeLessThan(looks + 60)
})

test('7: a document that is complete has the state done, in every answer', async () => {
  await using bundle = await setup()
  const document = await bundle.submit(pdf(page('Ropes')))
  const job = await bundle.ended(document)
  expect(job).toMatchObject({ state: 'done', status: 'complete', progress: 100, finishedAt: expect.any(String) })
  const listed = await bundle.becket.jobs.list({ status: ['complete'] })
  expect(listed.items).toMatchObject([{ id: document.jobId, state: 'done', status: 'complete' }])
  expect((await bundle.becket.jobs.list({ state: ['queued', 'working', 'retryable'] })).items).toEqual([])
  expect((await bundle.becket.documents.list({ status: ['complete'] })).items).toMatchObject([{ id: document.id }])
  expect((await bundle.becket.health()).open.jobs).toEqual({})
})

test('7: a 429 is not swallowed: it is written down, kept to, and costs no try', async () => {
  const busy = { attempts: 1, retryAfterSec: 1 }
  await using bundle = await setup({ faults: { parse: { rateLimited: busy }, embed: { rateLimited: busy } } })
  const job = await bundle.ended(await bundle.submit(pdf(page('Ropes'))))
  expect(job).toMatchObject({ state: 'done', error: null })
  const postponed = job.timeline.filter(({ type }) => type === 'stage.postponed')
  expect(postponed).toMatchObject(
    ['parse', 'embed'].map((stage) => ({
      data: { stage, attempt: 1, dueInMs: 1_000, error: { code: 'PROVIDER_FAILED', retryable: true } },
    })),
  )
})

test('8: a job that failed at the parse is tried again by hand, and completes', async () => {
  await using bundle = await setup({ faults: { parse: { failure: { code: 'PDF_BROKEN' } } } })
  const document = await bundle.submit(pdf(page('Ropes')))
  expect(await bundle.ended(document)).toMatchObject({ state: 'deadletter', status: 'failed_parse' })
  bundle.rehearsal.setFaults({})
  expect(await bundle.becket.jobs.retry(document.jobId)).toMatchObject({
    state: expect.not.stringMatching('deadletter'),
  })
  const job = await bundle.ended(document)
  expect(job).toMatchObject({ state: 'done', status: 'complete', error: null })
  expect(typesOf(job)).toContain('job.retried')
  await expect(bundle.becket.jobs.retry(document.jobId)).rejects.toMatchObject({ code: 'STATE_CONFLICT' })
})

test('9: 429 and 5xx of either provider are passing: the document completes', async () => {
  const faults = {
    parse: { rateLimited: { attempts: 1, retryAfterSec: 0 }, serverError: { attempts: 2, status: 503 as const } },
    embed: { rateLimited: { attempts: 1, retryAfterSec: 0 }, serverError: { attempts: 2, status: 500 as const } },
  }
  await using bundle = await setup({ faults, maxRetries: 3 })
  const job = await endedWithoutPauses(bundle, await bundle.submit(pdf(page('Ropes'))))
  expect(job).toMatchObject({ state: 'done', error: null })
})

test('10: the time of the next try is a column that is read: nothing is tried before it', async () => {
  await using bundle = await setup({ faults: { parse: { rateLimited: { attempts: 1, retryAfterSec: 1 } } } })
  const document = await bundle.submit(pdf(page('Ropes')))
  const waiting = await row<{ due_in_ms: number; code: string }>(
    bundle.db,
    `select (extract(epoch from w.due - j.updated_at) * 1000)::float8 as due_in_ms, j.error ->> 'code' as code
     from becket.job j join becket.wakeup w on w.lane = 'job' and w.subject = j.id
     where j.id = $1 and j.state = 'retryable' and w.owner is null`,
    [document.jobId],
  )
  expect(waiting.due_in_ms).toBeGreaterThan(900)
  expect(waiting.due_in_ms).toBeLessThan(1_100)
  expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
  const [first, second] = bundle.rehearsal.ledger.entries('submit').map(({ atMs }) => atMs)
  expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(950)
})

test.each([
  ['parse', { parse: { failure: { code: 'PDF_BROKEN' } } }, 'failed_parse', 'PARSE_FAILED'],
  ['embed', { embed: { failure: 1 } }, 'failed_embedding', 'EMBEDDING_FAILED'],
] as const)('10: a failure at %s is told as that stage’s', async (stage, faults, status, code) => {
  await using bundle = await setup({ faults })
  const document = await bundle.submit(pdf(page('Ropes')))
  expect(await bundle.ended(document)).toMatchObject({ stage, status, state: 'deadletter', error: { code } })
  expect(await bundle.becket.documents.get(document.id)).toMatchObject({ status })
})

test('later stages are served first when there is a backlog', async () => {
  await using bundle = await setup({
    slots: 1,
    faults: { embed: { rateLimited: { attempts: 9, retryAfterSec: 600 } } },
  })
  const oldest = await bundle.submit(pdf(page('Oldest')))
  await row(bundle.db, `select 1 from becket.job where id = $1 and stage = 'embed' and state = 'retryable'`, [
    oldest.jobId,
  ])
  await bundle.app.stop()
  const { becket } = await bundle.another({ roles: ['intake', 'api'] })
  const fresh = []
  for (const title of titles.slice(0, 3)) {
    fresh.push(await becket.documents.submit(pdf(page(title)), { filename: 'fresh.pdf' }))
  }
  bundle.rehearsal.setFaults({})
  // Due last, and yet first: it is the nearest to its end.
  await bundle.db.query(`update becket.wakeup set due = clock_timestamp() where subject = $1`, [oldest.jobId])
  await bundle.db.query('update becket.pace set paused_until = null')
  const seen = bundle.rehearsal.ledger.entries().length
  await bundle.another({ roles: ['worker'] })
  for (const { jobId } of fresh) await becket.jobs.wait(jobId ?? '', { timeout: '20s' })
  const order = bundle.rehearsal.ledger.entries().slice(seen)
  expect(order.find(({ kind }) => kind === 'submit' || kind === 'embed')?.kind).toBe('embed')
  expect(await becket.jobs.get(oldest.jobId)).toMatchObject({ state: 'done' })
})
