/** The NCA Toolkit's stand-in when nothing goes wrong: its wire format. */
import { expect, test } from 'vitest'
import { bodies, type Route, setUpNca } from './fixtures/nca-bundle.ts'

test('a submit is queued, done, and told in one callback', async () => {
  const { submit, called, receiver, artifactBase, ledger } = await setUpNca()
  const { status, body } = await submit()
  expect([status, body]).toEqual([
    202,
    expect.objectContaining({ code: 202, id: 'run-1', job_id: expect.any(String), message: 'processing' }),
  ])
  expect(await called()).toEqual({
    endpoint: '/v1/video/concatenate',
    code: 200,
    id: 'run-1',
    job_id: body.job_id,
    response: `${artifactBase}/${body.job_id}.mp4`,
    message: 'success',
    pid: expect.any(Number),
    queue_id: expect.any(Number),
    run_time: expect.any(Number),
    queue_time: 0,
    total_time: expect.any(Number),
    queue_length: 0,
    build_number: 209,
  })
  const [callback] = receiver.received
  expect(callback?.headers).not.toHaveProperty('x-api-key')
  expect(ledger.entries('submit')).toMatchObject([
    { api: 'nca', filename: '/v1/video/concatenate', clientKey: 'run-1', jobId: body.job_id },
  ])
})

test.each<[Route, Record<string, unknown>, string[], string]>([
  ['/combine-videos', {}, ['{id}.mp4'], 'string'],
  ['/v1/video/caption', {}, ['{id}_captioned.mp4'], 'string'],
  ['/v1/image/convert/video', {}, ['{id}.mp4'], 'string'],
  ['/v1/ffmpeg/compose', {}, ['{id}_output_0.mp4'], 'objects'],
  [
    '/v1/ffmpeg/compose',
    { outputs: [{ options: [] }, { options: [{ option: '-f', argument: 'webm' }] }] },
    ['{id}_output_0.mp4', '{id}_output_1.webm'],
    'objects',
  ],
])('%s %j answers with its outputs, which are there', async (route, more, names, shape) => {
  const { submit, called, artifactBase } = await setUpNca()
  const { body } = await submit(route, more)
  const urls = names.map((name) => `${artifactBase}/${name.replace('{id}', body.job_id)}`)
  const { response } = await called()
  expect(response).toEqual(shape === 'string' ? urls[0] : urls.map((file_url) => ({ file_url })))
  for (const url of urls) expect((await fetch(url)).status).toBe(200)
})

test('a transcript comes inline, or as files', async () => {
  const inline = await setUpNca()
  await inline.submit('/v1/media/transcribe')
  expect(await inline.called()).toMatchObject({
    endpoint: '/v1/transcribe/media',
    response: { text: expect.stringContaining('stand-in'), text_url: null },
  })
  const files = await setUpNca()
  const { body } = await files.submit('/v1/media/transcribe', { response_type: 'cloud', include_srt: true })
  expect(await files.called()).toMatchObject({
    response: {
      text: null,
      text_url: `${files.artifactBase}/${body.job_id}.txt`,
      srt_url: `${files.artifactBase}/${body.job_id}.srt`,
      segments_url: null,
    },
  })
})

test('without `webhook_url` the call waits for its end; with an empty one the work is queued and nobody is called', async () => {
  const { call, submit, status, receiver, ledger } = await setUpNca()
  const waited = await call('/v1/video/concatenate', { ...bodies['/v1/video/concatenate'], id: 'run-1' })
  expect([waited.status, waited.body.code, waited.body.message]).toEqual([200, 200, 'success'])

  const { status: http, body } = await submit('/v1/video/caption', { webhook_url: '' })
  expect(http).toBe(202)
  await ledger.waitFor('job-finished', ({ jobId }) => jobId === body.job_id)
  expect((await status(body.job_id)).body.response.job_status).toBe('done')
  expect(receiver.received).toEqual([])
})

test('a status call has an envelope of its own, and the record inside', async () => {
  const { submit, status, called, call } = await setUpNca()
  const { job_id } = (await submit()).body
  await called()
  const { status: http, body } = await status(job_id)
  expect(http).toBe(200)
  expect(body.job_id).not.toBe(job_id)
  expect(body).toMatchObject({
    endpoint: '/v1/toolkit/job/status',
    code: 200,
    response: { job_status: 'done', job_id, response: { code: 200, id: 'run-1', job_id } },
  })
  expect((await call('/v1/toolkit/jobs/status', {})).body.response).toEqual({ [job_id]: 'done' })
})

test('a job that nobody knows is 404, with its id in the message', async () => {
  const { status, ledger } = await setUpNca()
  expect(await status('unknown')).toMatchObject({ status: 404, body: { message: { job_id: 'unknown' } } })
  expect(ledger.entries('check')).toMatchObject([{ jobId: 'unknown', status: 404 }])
})

test('work that goes on is running', async () => {
  const { submit, status } = await setUpNca({ processing: 3_600_000 })
  const { job_id } = (await submit()).body
  expect((await status(job_id)).body.response).toMatchObject({ job_status: 'running', job_id, response: null })
})

test('what is refused before the queue has no job', async () => {
  const { submit, call, ledger } = await setUpNca()
  const unknownKey = await submit('/v1/video/concatenate', { colour: 'blue' })
  expect(unknownKey).toMatchObject({ status: 400, body: { message: expect.stringContaining('colour') } })
  expect(unknownKey.body).not.toHaveProperty('job_id')
  expect((await submit('/v1/video/caption', { video_url: undefined })).status).toBe(400)
  expect((await submit('/v1/video/caption', { webhook_url: 'https://elsewhere.example/' })).body.message).toContain(
    'on this machine',
  )
  expect(await call('/v1/video/concatenate', bodies['/v1/video/concatenate'], {})).toEqual({
    status: 401,
    body: { message: 'Unauthorized' },
  })
  expect((await call('/v1/toolkit/authenticate')).body).toMatchObject({ code: 200, response: 'Authorized' })
  expect(ledger.entries('submit')).toEqual([])
})

test('an output is served as a bucket does: HEAD, ranges, dates, and XML for what is not there', async () => {
  const { submit, called, artifactBase, apiKey } = await setUpNca()
  const before = Date.now()
  await submit()
  const url = String((await called()).response)
  const head = await fetch(url, { method: 'HEAD' })
  const whole = Buffer.from(await (await fetch(url)).arrayBuffer())
  expect(whole.subarray(4, 8).toString()).toBe('ftyp')
  expect([head.status, head.headers.get('content-type'), head.headers.get('content-length')]).toEqual([
    200,
    'video/mp4',
    String(whole.length),
  ])
  // Whole seconds.
  expect(Date.parse(head.headers.get('last-modified') ?? '')).toBeGreaterThanOrEqual(before - 1_000)
  const part = await fetch(url, { headers: { range: 'bytes=0-0' } })
  expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 0-0/${whole.length}`])

  const missing = await fetch(`${artifactBase}/nothing.mp4`, { headers: { 'x-api-key': apiKey } })
  expect([missing.status, missing.headers.get('content-type')]).toEqual([404, 'application/xml'])
  expect(await missing.text()).toContain('NoSuchKey')
  expect((await fetch(artifactBase.replace('nca-toolkit', 'other'), { method: 'HEAD' })).status).toBe(404)
})

test('it stops in the middle of work, twice, and starts again on the same key', async () => {
  const { standIn, submit, apiKey } = await setUpNca({ processing: 3_600_000 })
  await submit()
  await standIn.stop()
  await standIn.stop()
  expect((await standIn.start()).apiKey).toBe(apiKey)
})
