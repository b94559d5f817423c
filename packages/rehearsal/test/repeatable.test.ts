import { expect, test } from 'vitest'
import { setUpLlamaParse } from './fixtures/llamaparse-bundle.ts'
import { onePage } from './fixtures/pdf-bytes.ts'

const FAULTS = { loss: 0.4, duplicate: 0.3, failure: 0.2, stringified: 0.3, rateLimited: 0.3, nullId: 0.5 }
const DOCUMENTS = Array.from({ length: 16 }, (_, index) => `document number ${index}`)

/** Which faults struck which file, in no particular order. */
async function run(seed: number, documents: readonly string[]): Promise<string[]> {
  const { submitV2, ledger } = await setUpLlamaParse({ seed, faults: FAULTS })
  for (const text of documents) {
    const { status } = await submitV2(onePage(text))
    if (status === 429) await submitV2(onePage(text))
  }
  // Every job ends in a lost callback, or in its last copy.
  for (const { jobId } of ledger.entries('submit')) {
    if (jobId === null) continue
    const copies = () =>
      ledger.ofJob(jobId).some((entry) => entry.kind === 'fault' && entry.fault === 'duplicate') ? 1 : 0
    await Promise.race([
      ledger.waitFor('callback-lost', (entry) => entry.jobId === jobId),
      ledger.waitFor('callback', (entry) => entry.jobId === jobId && entry.copy === copies()),
    ])
  }
  return ledger
    .entries('fault')
    .map(({ fault, work, attempt }) => `${work} ${attempt} ${fault}`)
    .toSorted()
}

test('the same seed meets the same faults, in whatever order the documents come', async () => {
  const forwards = await run(7, DOCUMENTS)
  expect(forwards.length).toBeGreaterThan(5)
  expect(await run(7, DOCUMENTS.toReversed())).toEqual(forwards)
})

test('another seed meets others', async () => {
  expect(await run(8, DOCUMENTS)).not.toEqual(await run(7, DOCUMENTS))
})
