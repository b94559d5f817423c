/** `becket adopt --from airtable`: what is stuck in a table is shown, then taken over, and ends. */
import { expect, test } from 'vitest'
import { look } from '../document/waits.ts'
import { BASE, stuck } from './stuck.ts'

const from = ['--from', 'airtable', '--base', BASE]

test('a dry run shows what would be taken over, how, and what not and why; it changes nothing', async () => {
  const { bundle, airtable, rendered, job, rows, adopt } = await stuck()
  const externalId = await rendered('concatenate')
  const good = await job({ Type: 'concatenate', 'External Job ID': externalId })
  const older = await job({ 'Job Type': 'Concatenate', 'External Job ID': 'j-2' }, 7_200_000)
  const nameless = await job({ Type: 'concatenate', 'External Job ID': 'null' })
  const typeless = await job({ 'External Job ID': 'j-3' })
  const spoken = await job({ Type: 'voiceover', 'External Job ID': 'j-4' })
  const twin = await job({ Type: 'concatenate', 'External Job ID': externalId }, 1_800_000)
  const young = await job({ Type: 'concatenate', 'External Job ID': 'j-5' }, 60_000)
  const ended = await job({ Type: 'concatenate', 'External Job ID': 'j-6', Status: 'completed' })
  const before = rows()

  const { code, out } = await adopt(...from)
  expect(code).toBe(0)
  const line = (id: string) =>
    out
      .split('\n')
      .filter((each) => each.includes(id))
      .join('\n')
  expect(line(good)).toMatch(/concatenate +processing +1 h +nca +concatenate +\S+ +check/)
  expect(line(older)).toMatch(/Concatenate +processing +2 h +nca +concatenate +j-2 +check/)
  expect(line(nameless)).toMatch(/cannot\n.*no external id.*--artifact/s)
  expect(line(typeless)).toMatch(/cannot\n.*no type/s)
  expect(line(spoken)).toMatch(/cannot\n.*at once/s)
  expect(line(twin)).toMatch(/cannot\n.*same external id/s)
  expect(line(young) + line(ended)).toBe('')
  expect(out).toContain('Nothing was changed. Take over 2 jobs: the same command with --yes')
  expect(out.indexOf(older)).toBeLessThan(out.indexOf(good))

  expect((await bundle.becket.expectations.list()).items).toEqual([])
  expect(rows()).toEqual(before)
  const operations = airtable.ledger.entries('records').map(({ operation }) => operation)
  expect(new Set(operations.slice(8))).toEqual(new Set(['list']))
})

test('with --yes all that was done ends, is written into the rows it came from, and a second run adds nothing', async () => {
  const { bundle, rendered, job, rows, adopted } = await stuck()
  const ids = [
    await job({ Type: 'concatenate', 'External Job ID': await rendered('concatenate') }),
    await job({ Type: 'combine', 'External Job ID': await rendered('combine') }),
  ]
  const words = [...from, '--deliver-to', 'jobs', '--yes']
  const { code, answer } = await adopted(...words)
  expect(answer).toMatchObject({ dryRun: false, succeeded: 2, failed: 0, open: 0, refused: 0 })
  expect(code).toBe(0)
  expect(answer.adopted).toEqual(
    ids.map((id) =>
      expect.objectContaining({ job: id, key: `adopted:${id}`, isNew: true, state: 'succeeded', settledBy: 'check' }),
    ),
  )
  const first = await look('the rows', async () =>
    ids.every((id) => rows().get(id)?.Status === 'completed') ? rows() : undefined,
  )
  expect(first.size).toBe(2)
  expect(first.get(ids[0] ?? '')?.['Response Payload']).toMatch(/^http.*\.mp4$/)

  const { items } = await bundle.becket.expectations.list()
  // The rows are not `processing` any more: there is nothing left.
  expect((await adopted(...words)).answer).toMatchObject({ jobs: [], adopted: [] })
  // Told again before the rows were written, it is the same expectations, also with other flags.
  for (const again of [words, [...from, '--yes']]) {
    const seen = await adopted(...again, '--status', 'processing,completed')
    expect(seen.answer.adopted).toMatchObject(items.map(() => ({ isNew: false, state: 'succeeded' })))
  }
  expect((await bundle.becket.expectations.list()).items).toEqual(items)
})

test('with the status API down, the output in storage ends it, though it is older than the expectation', async () => {
  const { bundle, rendered, job, adopted } = await stuck({ faults: { statusDown: { status: 404 } } })
  const id = await job({ Type: 'concatenate', 'External Job ID': await rendered('concatenate') })
  const { code, answer } = await adopted(...from, '--yes')
  expect([code, answer.adopted]).toEqual([0, [expect.objectContaining({ job: id, settledBy: 'artifact' })]])
  const { items } = await bundle.becket.expectations.list()
  const ago = Date.now() - Date.parse(items[0]?.submittedAt ?? '')
  expect(ago).toBeGreaterThan(3_500_000)
})

test('what has no external id is recovered by the address of its output, where that can be told', async () => {
  const { bundle, rendered, job, adopted } = await stuck()
  const url = `${bundle.at.artifactBase}/${await rendered('concatenate')}.mp4`
  const id = await job({ Type: 'concatenate', 'Response Payload': url })
  const words = [...from, '--artifact', '{Response Payload}']
  expect((await adopted(...words)).answer.jobs).toMatchObject([{ job: id, recovery: 'artifact', artifact: url }])
  const { code, answer } = await adopted(...words, '--yes')
  expect([code, answer.adopted]).toEqual([0, [expect.objectContaining({ state: 'succeeded', settledBy: 'artifact' })]])
})

test('one that the server refuses is told, and the others are taken over', async () => {
  const { rendered, job, adopt } = await stuck()
  await job({
    Type: 'concatenate',
    'External Job ID': 'j-1',
    'Response Payload': 'https://elsewhere.example.org/a.mp4',
  })
  await job({ Type: 'concatenate', 'External Job ID': await rendered('concatenate') }, 1_800_000)
  const { code, out } = await adopt(...from, '--artifact', '{Response Payload}', '--yes')
  expect(code).toBe(1)
  expect(out).toMatch(/refused.*elsewhere\.example\.org/)
  expect(out).toContain('2 jobs: 1 succeeded, 0 failed, 0 still open, 1 refused')
})

test('what cannot work says so before anything is done', async () => {
  const { adopt, job } = await stuck()
  await job({ Type: 'concatenate', 'External Job ID': 'j-1' })
  const told = async (...words: string[]) => {
    const { code, err } = await adopt(...words)
    return [code, err]
  }
  expect(await told('--from', 'airtable')).toEqual([2, expect.stringContaining('--base is missing')])
  expect(await told(...from, '--table', 'Jbos')).toEqual([1, expect.stringContaining('Check --base and --table')])
  expect(await told(...from, '--status-field', 'State')).toEqual([2, expect.stringContaining('--status-field')])
  expect(await told(...from, '--older-than', '5')).toEqual([2, expect.stringContaining('--older-than')])
  expect(await told(...from, '--map', 'x')).toEqual([2, expect.stringContaining('TYPE=OPERATION')])
  const { out } = await adopt(...from, '--source', 'nac')
  expect(out).toContain('there is no source nac, did you mean nca?')
  expect((await adopt(...from, '--older-than', '2h')).out).toContain('There are no jobs with the status processing')
})
