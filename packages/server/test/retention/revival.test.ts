import { expect, it } from 'vitest'
import { emptyJobs } from '../../src/store/retention-subjects.ts'
import { HOUR, setup } from '../spine/setup.ts'

it('a success that comes after the input of its job was dropped is recorded, and does not revive the job', async () => {
  await using spine = await setup({ deadlineMs: HOUR })
  const jobId = await spine.startJob()
  const worker = spine.worker()
  await worker.drain()
  const { rows } = await spine.db.query<{ external_id: string }>('select external_id from becket.expectation')
  await spine.pass(HOUR)
  await worker.drain()
  expect(await spine.job(jobId)).toMatchObject({ state: 'deadletter' })
  const inAYear = Date.now() + 365 * 24 * HOUR
  expect(await spine.db.tx((tx) => emptyJobs(tx, [jobId], inAYear))).toEqual({ removed: 1, later: [] })

  await spine.callBack({ id: rows[0]?.external_id, output: { text: 'late' } })
  await worker.drain()
  const after = await spine.db.query('select state, settled_by from becket.expectation')
  expect(after.rows).toEqual([{ state: 'succeeded', settled_by: 'callback' }])
  expect(await spine.job(jobId)).toMatchObject({ state: 'deadletter' })
})
