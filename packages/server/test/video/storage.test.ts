/** What the storage can do to a rendered file on its way in, against the stand-in of a storage that misbehaves. */
import { createStorage, type FaultsInput } from '@becket/rehearsal'
import { expect, test } from 'vitest'
import { endedWithoutPauses } from '../document/waits.ts'
import { outputOf, setup } from './setup.ts'

async function keptIn(faults: FaultsInput['store']) {
  const standIn = createStorage({ environment: 'test', seed: 1, faults })
  try {
    const { baseUrl, apiKey, bucket } = await standIn.start()
    const storage = { kind: 'supabase', url: baseUrl, serviceKey: apiKey, bucket }
    await using bundle = await setup({ render: { expectWithin: '20s' }, settings: { storage } })
    const { id } = await bundle.submit()
    const job = await endedWithoutPauses({ db: bundle.db, becket: bundle.becket }, { jobId: id })
    const puts = standIn.ledger.entries('object').filter(({ operation }) => operation === 'put')
    return { job, puts, submits: bundle.nca.ledger.entries('submit') }
  } finally {
    await standIn.stop()
  }
}

test('a storage that is down is waited for, which costs the job no try and no second rendering', async () => {
  const { job, submits } = await keptIn({ unavailable: { rate: 1, attempts: 2, on: ['put'] } })
  expect(job).toMatchObject({ status: 'completed', attempt: 1, error: null })
  expect(job.timeline.filter(({ type }) => type === 'stage.postponed').length).toBeGreaterThanOrEqual(2)
  expect(submits).toHaveLength(1)
})

test('a file that is visible late is waited for, and not stored a second time', async () => {
  const { job, puts } = await keptIn({ visibleLate: { rate: 1, by: 100 } })
  expect(job).toMatchObject({ status: 'completed', error: null })
  expect(puts).toHaveLength(1)
})

test('a file that is read back as nothing is not called kept until it is', async () => {
  const { job } = await keptIn({ emptyRead: { rate: 1, attempts: 2 } })
  expect(job.status).toBe('completed')
  const access = job.timeline.find(({ type }) => type === 'file.access')
  expect(access?.data).toMatchObject({ file: 'output 1', error: null })
  expect(outputOf(job).files[0]?.bytes).toBeGreaterThan(0)
})
