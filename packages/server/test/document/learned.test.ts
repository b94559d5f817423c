/** A whole server learns from the documents that it finishes. */
import { expect, test } from 'vitest'
import { readLearned } from '../../src/store/latency.ts'
import { page, pdf } from './pdf.ts'
import { setup } from './setup.ts'

test('what a server saw end is known after it stopped', async () => {
  await using bundle = await setup({ parse: { expectWithin: '20s' } })
  const documents = await Promise.all(['Anchors', 'Buoys', 'Cleats'].map((title) => bundle.submit(pdf(page(title)))))
  for (const document of documents) expect(await bundle.ended(document)).toMatchObject({ state: 'done' })
  await bundle.app.stop()
  const learned = await readLearned(bundle.db)
  const parse = learned.find(({ operation }) => operation === 'parse')
  expect(parse?.loss).toMatchObject({ lost: 0, arrived: expect.closeTo(3, 2) })
  expect(parse?.observations).toBeCloseTo(3, 2)
  // What was answered at once was never waited for.
  expect(learned.some(({ operation }) => operation === 'embed')).toBe(false)
})
