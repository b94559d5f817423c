/** Files that come late, go missing, cannot be reached, or are locked with another key. */
import { readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createBecket } from '@becket/client'
import { errorCodes, type Job } from '@becket/client/contract'
import { describe, expect, test } from 'vitest'
import { page, pdf } from './pdf.ts'
import { ADMIN_KEY, type Bundle, setup } from './setup.ts'
import { endedWithoutPauses, endPauses, look, row, typesOf } from './waits.ts'

const titles = ['Anchors', 'Buoys', 'Cleats', 'Docks', 'Eyes', 'Fenders']

async function rawPath({ db, dataDir }: Bundle, { id }: { id: string }): Promise<string> {
  const { raw_path: path } = await row<{ raw_path: string }>(db, 'select raw_path from becket.document where id = $1', [
    id,
  ])
  return join(dataDir, 'objects', path)
}

function accessesOf(job: Job): Record<string, unknown>[] {
  return job.timeline.flatMap(({ type, data }) =>
    type === 'file.access' && typeof data === 'object' && data !== null ? [{ ...data }] : [],
  )
}

async function untilPutOff({ db }: Bundle, { jobId }: { jobId: string }): Promise<{ code: string }> {
  return row(db, `select error ->> 'code' as code from becket.job where id = $1 and state = 'retryable'`, [jobId])
}

test('each access to a file leaves its times on the timeline', async () => {
  await using bundle = await setup()
  const before = Date.now()
  const job = await bundle.ended(await bundle.submit(pdf(page('Ropes'))))
  const accesses = accessesOf(job)
  expect(accesses.map(({ file }) => file)).toEqual(['raw', 'parsed', 'parsed'])
  for (const access of accesses) {
    expect(access).toMatchObject({ error: null, race: false, postponements: 0, attempts: [{ outcome: 'read' }] })
    const { start, accessStart, accessEnd } = access
    const times = [before, start, accessStart, accessEnd, Date.now()]
    expect(times).toEqual([...times].sort((one, other) => Number(one) - Number(other)))
  }
})

describe('a file that is gone after it was proven', () => {
  test('fails with the words that its user knows and a support id, after four tries', async () => {
    await using bundle = await setup({ roles: ['intake', 'api'] })
    const document = await bundle.submit(pdf(page('Ropes')))
    await rename(await rawPath(bundle, document), join(bundle.dataDir, 'elsewhere.pdf'))
    await bundle.another({ roles: ['worker'] })
    const job = await endedWithoutPauses(bundle, document)
    expect(job).toMatchObject({
      state: 'deadletter',
      status: 'failed_parse',
      attempt: 1,
      error: {
        code: 'STORAGE_ACCESS_ERROR',
        title: 'Document file is not accessible for processing. Please try uploading again.',
        supportId: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
        hint: errorCodes.STORAGE_ACCESS_ERROR.hint,
      },
    })
    const missing = { outcome: 'missing' }
    expect(accessesOf(job)).toMatchObject([
      { file: 'raw', attempts: [missing, missing, missing, missing], error: { kind: 'missing' }, race: false },
    ])
    expect(bundle.rehearsal.ledger.entries('submit')).toEqual([])
    const health = await bundle.becket.health()
    expect(health.breakers.filter(({ state }) => state !== 'closed')).toEqual([])
  })

  test('waits 1, 2 and 4 s between its tries, without holding a worker', async () => {
    await using bundle = await setup({ roles: ['intake', 'api'] })
    const document = await bundle.submit(pdf(page('Ropes')))
    await rename(await rawPath(bundle, document), join(bundle.dataDir, 'elsewhere.pdf'))
    await bundle.another({ roles: ['worker'] })
    const waits = await look('three pauses', async () => {
      await endPauses(bundle.db)
      const { rows } = await bundle.db.query<{ wait: string }>(
        `select data ->> 'dueInMs' as wait from becket.event where job_id = $1 and type = 'stage.postponed' order by id`,
        [document.jobId],
      )
      return rows.length === 3 ? rows.map(({ wait }) => Number(wait)) : undefined
    })
    expect(waits).toEqual([1_000, 2_000, 4_000])
  })

  test('and found again a moment later is a race: recorded, and without consequence', async () => {
    await using bundle = await setup({ roles: ['intake', 'api'] })
    const document = await bundle.submit(pdf(page('Ropes')))
    const path = await rawPath(bundle, document)
    await rename(path, join(bundle.dataDir, 'elsewhere.pdf'))
    await bundle.another({ roles: ['worker'] })
    expect(await untilPutOff(bundle, document)).toEqual({ code: 'STORAGE_ACCESS_ERROR' })
    await rename(join(bundle.dataDir, 'elsewhere.pdf'), path)
    const job = await endedWithoutPauses(bundle, document)
    expect(job).toMatchObject({ state: 'done', error: null })
    expect(typesOf(job)).toContain('race.not-found-then-found')
    expect(accessesOf(job)[0]).toMatchObject({
      file: 'raw',
      race: true,
      error: null,
      attempts: [{ outcome: 'missing' }, { outcome: 'read' }],
    })
  })

  test('under a later stage fails as that stage, not as the parse', async () => {
    await using bundle = await setup({ faults: { embed: { failure: 1 } } })
    const document = await bundle.submit(pdf(page('Ropes')))
    await bundle.ended(document)
    const parsed = join(bundle.dataDir, 'objects', 'parsed', `${document.id}.md`)
    await rename(parsed, join(bundle.dataDir, 'elsewhere.md'))
    // As after a retry from that stage by hand.
    await bundle.db.query(`update becket.job set stage = 'chunk' where id = $1`, [document.jobId])
    await bundle.becket.jobs.retry(document.jobId)
    expect(await endedWithoutPauses(bundle, document)).toMatchObject({
      status: 'failed_chunking',
      error: { code: 'STORAGE_ACCESS_ERROR' },
    })
  })
})

describe('a storage that is down', () => {
  test('opens its breaker after five faults; jobs wait for it and none fails', async () => {
    await using bundle = await setup({ storage: 'supabase', roles: ['intake', 'api'] })
    const documents = []
    for (const title of titles) documents.push(await bundle.submit(pdf(page(title))))
    bundle.rehearsal.setFaults({ store: { unavailable: { attempts: 1_000, on: ['get'] } } })
    await bundle.another({ roles: ['worker'], worker: { slots: 1, pollInterval: '50ms' } })
    const breaker = await row<{ failures: number; reason: string }>(
      bundle.db,
      `select failures, reason from becket.breaker where name = 'storage:supabase' and state = 'open'`,
    )
    expect(breaker).toMatchObject({ failures: 5, reason: expect.stringContaining('503') })
    const told = await row<{ code: string }>(
      bundle.db,
      `select error ->> 'code' as code from becket.job where error ->> 'code' = 'FILE_ACCESS_CIRCUIT_BREAKER_OPEN'`,
    )
    expect(told.code).toBe('FILE_ACCESS_CIRCUIT_BREAKER_OPEN')
    const { breakers } = await bundle.becket.health()
    expect(breakers).toMatchObject([{ name: 'storage:supabase', state: 'open', openedCount: 1 }])
    const reads = () => bundle.rehearsal.ledger.entries('object').filter(({ status }) => status === 503).length
    // One more than the breaker counted: the start asks once whether anybody is there.
    expect(reads()).toBe(6)

    bundle.rehearsal.setFaults({})
    await bundle.db.query(`update becket.breaker set retry_at = clock_timestamp()`)
    for (const document of documents) {
      expect(await endedWithoutPauses(bundle, document)).toMatchObject({ state: 'done', attempt: 1 })
    }
    expect(await row(bundle.db, `select 1 from becket.breaker where state = 'closed'`)).toBeDefined()
  })

  test('when the parsed text is to be stored costs the document time, not its tries', async () => {
    await using bundle = await setup({ storage: 'supabase', parse: { expectWithin: '20s' }, processing: 300 })
    const document = await bundle.submit(pdf(page('Ropes')))
    bundle.rehearsal.setFaults({ store: { unavailable: { attempts: 3, on: ['put'] } } })
    expect(await untilPutOff(bundle, document)).toEqual({ code: 'STORAGE_ACCESS_ERROR' })
    const job = await endedWithoutPauses(bundle, document)
    expect(job).toMatchObject({ state: 'done', error: null })
    expect(typesOf(job)).not.toContain('stage.retry')
    expect(typesOf(job).filter((type) => type === 'stage.postponed').length).toBeGreaterThanOrEqual(3)
  })

  test('is told to whoever uploads, and to nobody as a fault of the document', async () => {
    await using bundle = await setup({ storage: 'supabase', faults: { store: { unavailable: { attempts: 1_000 } } } })
    const content = pdf(page('Ropes'))
    const impatient = createBecket({ url: bundle.url, apiKey: ADMIN_KEY, retries: 0 })
    const upload = () => impatient.documents.submit(content, { filename: 'report.pdf' })
    for (let times = 0; times < 5; times++) {
      await expect(upload()).rejects.toMatchObject({ status: 503, code: 'STORAGE_ACCESS_ERROR', retryable: true })
    }
    await expect(upload()).rejects.toMatchObject({
      status: 503,
      code: 'FILE_ACCESS_CIRCUIT_BREAKER_OPEN',
      retryable: true,
      retryAfterMs: expect.any(Number),
    })
  })
})

test('a text that the storage shows late is waited for, and written once; that is no fault and no race', async () => {
  await using bundle = await setup({ storage: 'supabase', roles: ['intake', 'api'] })
  const document = await bundle.submit(pdf(page('Ropes')))
  bundle.rehearsal.setFaults({ store: { visibleLate: { by: 500 } } })
  await bundle.another({ roles: ['worker'] })
  const job = await bundle.ended(document)
  expect(job).toMatchObject({ state: 'done', error: null })
  // Nothing was said of it before it was seen: a proof that takes a moment is no race.
  expect(typesOf(job)).not.toContain('race.not-found-then-found')
  const [, proof] = accessesOf(job)
  expect(proof).toMatchObject({ file: 'parsed', error: null, race: false })
  expect(JSON.stringify(proof?.attempts)).toMatch(/missing.*read/)
  const writes = bundle.rehearsal.ledger.entries('object').filter(({ operation }) => operation === 'put')
  expect(writes.filter(({ path }) => path.startsWith('parsed/'))).toHaveLength(1)
})

describe('with DOCUMENT_ENCRYPTION_KEY set', () => {
  const key = Buffer.alloc(32, 7).toString('base64')
  const otherKey = Buffer.alloc(32, 8).toString('base64')

  test('nothing that lies on the disk can be read', async () => {
    await using bundle = await setup({ encryptionKey: key })
    const content = pdf(page('Sextant'))
    const document = await bundle.submit(content)
    expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
    const root = join(bundle.dataDir, 'objects')
    const names = (await readdir(root, { recursive: true })).filter((name) => /\.(pdf|md)$/.test(name))
    expect(names).toHaveLength(2)
    for (const name of names) {
      const bytes = await readFile(join(root, name))
      expect(bytes.includes('%PDF'), name).toBe(false)
      expect(bytes.includes('Sextant'), name).toBe(false)
      expect(bytes.length, name).toBeGreaterThan(100)
    }
    expect(bundle.rehearsal.ledger.entries('submit')[0]?.bytes).toBe(content.length)
  })

  test('and then exchanged, the error names the key and not the document; with the right one it goes on', async () => {
    await using bundle = await setup({ encryptionKey: key, roles: ['intake', 'api'] })
    const document = await bundle.submit(pdf(page('Sextant')))
    const wrong = await bundle.another({
      roles: ['worker'],
      documents: { encryptionKey: otherKey, embed: { dimensions: 32 } },
    })
    const job = await bundle.ended(document)
    expect(job).toMatchObject({ state: 'deadletter', error: { code: 'ENCRYPTION_KEY_WRONG' } })
    expect(job.error?.title).toBe(errorCodes.ENCRYPTION_KEY_WRONG.title)
    await wrong.app.stop()
    await bundle.another({ roles: ['worker'] })
    await bundle.becket.jobs.retry(document.jobId)
    expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
  })
})
