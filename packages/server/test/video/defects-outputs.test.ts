/** What went wrong with rendered files in the pipeline that this one takes the place of, each as a test that it does not here. */
import { expect, test } from 'vitest'
import { endedWithoutPauses, endPauses, look, untilEnded } from '../document/waits.ts'
import { type Bundle, concatenate, outputOf, setup, sha256 } from './setup.ts'
import { createToolkit, type Submit, type Toolkit } from './toolkit.ts'

const LONG = { expectWithin: '20s' }

/** The end of a job, with all pauses on the way cut short. */
const endedSoon = ({ db, becket }: Bundle, { id }: { id: string }) => endedWithoutPauses({ db, becket }, { jobId: id })

const isMissing = (bundle: Bundle, key: string) =>
  bundle.stored(key).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  )

async function rendered(toolkit: Toolkit, file: string, count = 1): Promise<Submit> {
  const submit = await toolkit.submitted(count)
  await toolkit.finish(submit, `${toolkit.baseUrl}${file}`)
  return submit
}

test('an output that the provider forgot fails the job as gone, and a retry renders it anew', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit, render: LONG })
  const job = await bundle.submit()
  await rendered(toolkit, '/files/gone.mp4')
  const failed = await endedSoon(bundle, job)
  expect(failed).toMatchObject({ status: 'failed', error: { code: 'OUTPUT_GONE', retryable: true }, output: null })
  // Once, and again after each wait of the schedule.
  expect(toolkit.fetched).toHaveLength(6)
  toolkit.files.set('/files/new.mp4', { content: Buffer.from('new') })
  await bundle.becket.jobs.retry(job.id)
  await rendered(toolkit, '/files/new.mp4', 2)
  const done = await endedSoon(bundle, job)
  expect(done).toMatchObject({ status: 'completed', error: null })
  expect(outputOf(done).files).toMatchObject([{ sourceUrl: `${toolkit.baseUrl}/files/new.mp4` }])
})

test('an output that is visible late costs the job no try', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit, render: LONG })
  const job = await bundle.submit()
  await rendered(toolkit, '/files/late.mp4')
  await look('a job that looks again', async () => {
    const now = await bundle.becket.jobs.get(job.id)
    return now.stage === 'keep' && now.state === 'retryable' ? now : undefined
  })
  toolkit.files.set('/files/late.mp4', { content: Buffer.from('late') })
  await endPauses(bundle.db)
  expect(await endedSoon(bundle, job)).toMatchObject({ status: 'completed', attempt: 1, error: null })
})

test('an output of zero bytes is not stored, and not called a video', async () => {
  await using bundle = await setup({ faults: { outputEmpty: 1 }, render: LONG })
  const job = await bundle.submit()
  const failed = await endedSoon(bundle, job)
  expect(failed).toMatchObject({ status: 'failed', error: { code: 'OUTPUT_EMPTY' }, output: null })
  expect(await isMissing(bundle, `video/${job.id}/1.mp4`)).toBe(true)
})

test('an error page that is answered as a success is not kept as a video', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit, render: LONG })
  toolkit.files.set('/files/a.mp4', { type: 'text/html; charset=utf-8', content: Buffer.from('<h1>Not found</h1>') })
  const job = await bundle.submit()
  await rendered(toolkit, '/files/a.mp4')
  expect(await endedSoon(bundle, job)).toMatchObject({ error: { code: 'OUTPUT_GONE' } })
  expect(await isMissing(bundle, `video/${job.id}/1.mp4`)).toBe(true)
})

test('the address of the provider, which dies within a day, is never handed on as the result', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit, render: LONG })
  const content = Buffer.from('a video that is ours now')
  toolkit.files.set('/files/a.mp4', { content })
  const job = await bundle.submit()
  await rendered(toolkit, '/files/a.mp4?X-Amz-Signature=test-key')
  const done = await endedSoon(bundle, job)
  toolkit.files.clear()
  const [file] = outputOf(done).files
  expect(file).toMatchObject({ sourceUrl: `${toolkit.baseUrl}/files/a.mp4`, sha256: sha256(content) })
  expect(JSON.stringify(done)).not.toContain('test-key')
  expect(await bundle.stored(file?.key ?? '')).toEqual(content)
})

test('several outputs are kept in their order, each under its own name', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit, render: LONG })
  for (const name of ['a.mp4', 'b.webm', 'c']) toolkit.files.set(`/files/${name}`, { content: Buffer.from(name) })
  const job = await bundle.submit()
  const urls = ['a.mp4', 'b.webm', 'c'].map((name) => ({ file_url: `${toolkit.baseUrl}/files/${name}` }))
  await toolkit.finish(await toolkit.submitted(), urls)
  const { files } = outputOf(await endedSoon(bundle, job))
  expect(files.map(({ key, contentType }) => [key.split('/').at(-1), contentType])).toEqual([
    ['1.mp4', 'video/mp4'],
    ['2.webm', 'video/webm'],
    ['3.bin', 'application/octet-stream'],
  ])
  expect(toolkit.fetched).toHaveLength(3)
})

test('an output where the source may not fetch is refused with the remedy, and not rendered twice for it', async () => {
  await using toolkit = await createToolkit()
  await using elsewhere = await createToolkit()
  await using bundle = await setup({ toolkit, render: LONG })
  elsewhere.files.set('/files/a.mp4', { content: Buffer.from('a') })
  const job = await bundle.submit()
  await toolkit.finish(await toolkit.submitted(), `${elsewhere.baseUrl}/files/a.mp4`)
  const failed = await endedSoon(bundle, job)
  expect(failed.error).toMatchObject({
    code: 'OUTPUT_REFUSED',
    message: expect.stringContaining(elsewhere.baseUrl),
    hint: expect.stringContaining('`allow`'),
  })
  expect(elsewhere.fetched).toEqual([])
  await bundle.app.stop()
  const { becket } = await bundle.another({ sources: bundle.sourcesWith({ allow: [elsewhere.baseUrl] }) })
  await becket.jobs.retry(job.id)
  await untilEnded(bundle.db, job.id)
  expect(await becket.jobs.get(job.id)).toMatchObject({ status: 'completed' })
  expect(toolkit.submits).toHaveLength(1)
})

test('an output that is larger than allowed is not read to its end', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit, render: LONG, settings: { videos: { maxBytes: '1 MiB' } } })
  toolkit.files.set('/files/a.mp4', { content: Buffer.alloc(1024 * 1024 + 1, 1) })
  const job = await bundle.submit()
  await rendered(toolkit, '/files/a.mp4')
  expect(await endedSoon(bundle, job)).toMatchObject({ error: { code: 'OUTPUT_TOO_LARGE' } })
  expect(await isMissing(bundle, `video/${job.id}/1.mp4`)).toBe(true)
})

test('a storage that encrypts has the file, and nobody else can read it there', async () => {
  await using toolkit = await createToolkit()
  const settings = { documents: { encryptionKey: Buffer.alloc(32, 7).toString('base64') } }
  await using bundle = await setup({ toolkit, render: LONG, settings })
  const content = Buffer.from('not for everybody '.repeat(100))
  toolkit.files.set('/files/a.mp4', { content })
  const job = await bundle.submit()
  await rendered(toolkit, '/files/a.mp4')
  const [file] = outputOf(await endedSoon(bundle, job)).files
  expect(file).toMatchObject({ bytes: content.length, sha256: sha256(content) })
  expect((await bundle.stored(file?.key ?? '')).includes('not for everybody')).toBe(false)
})

test('a provider that has the file and cannot give it now is asked again, for no try of the job', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit, render: LONG })
  toolkit.files.set('/files/a.mp4', { status: 503, content: Buffer.from('later') })
  const job = await bundle.submit(concatenate)
  await rendered(toolkit, '/files/a.mp4')
  await look('three tries', async () => {
    await endPauses(bundle.db)
    return toolkit.fetched.length >= 3 ? true : undefined
  })
  toolkit.files.set('/files/a.mp4', { content: Buffer.from('now') })
  expect(await endedSoon(bundle, job)).toMatchObject({ status: 'completed', attempt: 1 })
})

test('a crash after the file was stored, before the job knew, stores the same bytes under the same name again', async () => {
  await using toolkit = await createToolkit()
  await using bundle = await setup({ toolkit, render: LONG })
  toolkit.files.set('/files/a.mp4', { content: Buffer.from('the same') })
  const job = await bundle.submit()
  await rendered(toolkit, '/files/a.mp4')
  const first = await endedSoon(bundle, job)
  // As the row was before the step that the crash undid: the file lies there, and nothing says so.
  await bundle.db.query(
    `update becket.job set state = 'queued', data = data - 'keeping', output = null, finished_at = null where id = $1`,
    [job.id],
  )
  await bundle.db.query(`insert into becket.wakeup (lane, subject, due) values ('job', $1, clock_timestamp())`, [
    job.id,
  ])
  const second = await endedSoon(bundle, job)
  expect(second.output).toEqual(first.output)
  expect(toolkit.fetched).toHaveLength(2)
  expect(toolkit.submits).toHaveLength(1)
})
