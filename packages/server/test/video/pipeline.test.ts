/** The video pipeline from end to end: rendered, brought home, read back. */
import { expect, test } from 'vitest'
import { look } from '../document/waits.ts'
import { addMusic, combine, concatenate, outputOf, setup, sha256 } from './setup.ts'

test.each([combine, concatenate, addMusic])('$operation ends with its file in our own storage', async (input) => {
  await using bundle = await setup({ render: { expectWithin: '20s' } })
  const job = await bundle.ended(await bundle.submit(input))
  expect(job).toMatchObject({ state: 'done', status: 'completed', progress: 100, error: null })
  const output = outputOf(job)
  expect(output).toMatchObject({ operation: input.operation, settledBy: 'callback' })
  const [file] = output.files
  expect(file).toMatchObject({ key: `video/${job.id}/1.mp4`, contentType: 'video/mp4' })
  const stored = await bundle.stored(file?.key ?? '')
  expect({ bytes: stored.length, sha256: sha256(stored) }).toEqual({ bytes: file?.bytes, sha256: file?.sha256 })
})

test('a video waits for a source that can render, and says that there is none', async () => {
  await using bundle = await setup({ settings: { sources: {} } })
  const job = await bundle.submit()
  const putOff = await look('a job that was put off', async () => {
    const now = await bundle.becket.jobs.get(job.id)
    return now.error === null ? undefined : now
  })
  expect(putOff).toMatchObject({
    state: 'retryable',
    status: 'pending',
    attempt: 1,
    error: { message: expect.stringContaining('videos.render is not configured') },
  })
})
