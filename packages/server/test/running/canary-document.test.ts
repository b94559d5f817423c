/** The document that Becket makes for itself: gone after the examination, never two of them, and told to nobody. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Bundle, DIMENSIONS, setup } from '../document/setup.ts'
import { until } from '../serve/setup.ts'

const CANARY_OWNER = 'becket-canary'

async function examine({ becket }: Pick<Bundle, 'becket'>) {
  let run = await becket.findings.run({ document: true })
  await until(async () => {
    run = await becket.findings.getRun(run.id)
    return run.state !== 'running'
  })
  return run.steps.find(({ name }) => name === 'document')
}

async function count({ db }: Bundle, table: 'document' | 'chunk' | 'outbox'): Promise<number> {
  return (await db.query(`select 1 from becket.${table}`)).count
}

/** The files of documents that lie in the storage. */
async function objects({ dataDir }: Bundle): Promise<string[]> {
  const found = await readdir(join(dataDir, 'objects'), { recursive: true, withFileTypes: true })
  return found.filter((each) => each.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

/** As a process leaves it that went away: promised, never finalized. */
async function leave({ db, becket }: Bundle, ageMinutes: number): Promise<string> {
  const facts = {
    owner: CANARY_OWNER,
    filename: 'canary.pdf',
    mime: 'application/pdf',
    bytes: 9,
    sha256: 'ab'.repeat(32),
  }
  const { id } = await becket.documents.create(facts)
  await db.query('update becket.document set created_at = created_at - make_interval(mins => $2) where id = $1', [
    id,
    ageMinutes,
  ])
  return id
}

describe('the document of an examination', () => {
  it('goes through the whole pipeline, and leaves no row, no chunk, no object and no delivery', async () => {
    await using bundle = await setup({
      more: {
        sinks: { told: { kind: 'webhook', url: 'http://127.0.0.1:9/told', secret: 'test-key' } },
        documents: { deliverTo: ['told'], embed: { dimensions: DIMENSIONS } },
      },
    })
    expect(await examine(bundle)).toMatchObject({ status: 'pass' })
    expect(await count(bundle, 'document')).toBe(0)
    expect(await count(bundle, 'chunk')).toBe(0)
    expect(await objects(bundle)).toEqual([])
    expect(await count(bundle, 'outbox')).toBe(0)
  })

  it('that failed goes as well', async () => {
    await using bundle = await setup({ faults: { parse: { failure: 1 } } })
    expect(await examine(bundle)).toMatchObject({ status: 'fail' })
    expect(await count(bundle, 'document')).toBe(0)
    expect(await objects(bundle)).toEqual([])
  })

  it('that a lost process left goes with the next examination; those of users stay', async () => {
    await using bundle = await setup()
    const left = await leave(bundle, 3)
    const own = await bundle.becket.documents.create({
      owner: 'user',
      filename: 'a.pdf',
      mime: 'application/pdf',
      bytes: 9,
      sha256: 'cd'.repeat(32),
    })
    expect(await examine(bundle)).toMatchObject({ status: 'pass' })
    await expect(bundle.becket.documents.get(left)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await bundle.becket.documents.list()).items.map(({ id }) => id)).toEqual([own.id])
  })

  it('whose process stops meanwhile is given up, and goes with the next examination', async () => {
    // Nobody says that it is parsed, as long as the faults last.
    await using bundle = await setup({ faults: { parse: { loss: 1, statusDown: 1 } } })
    const other = await bundle.another()
    await bundle.becket.findings.run({ document: true })
    await until(
      async () => (await bundle.db.query('select 1 from becket.document where job_id is not null')).count === 1,
    )
    await bundle.app.stop()
    // Two minutes on: whoever was at it is gone for certain, whether or not it came to cancelling the job.
    await bundle.db.query(`update becket.document set created_at = created_at - interval '3 minutes'`)
    bundle.rehearsal.setFaults({})
    expect(await examine(other)).toMatchObject({ status: 'pass' })
    expect(await count(bundle, 'document')).toBe(0)
    expect(await objects(bundle)).toEqual([])
    const { rows } = await bundle.db.query(`select 1 from becket.job where state not in ('cancelled', 'done')`)
    expect(rows).toEqual([])
  })

  it('is not joined by a second one while another process is at it', async () => {
    await using bundle = await setup()
    const inHand = await leave(bundle, 0)
    expect(await examine(bundle)).toMatchObject({ status: 'unknown', detail: expect.stringContaining(inHand) })
    expect(await count(bundle, 'document')).toBe(1)
  })
})
