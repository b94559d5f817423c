/** What becomes of the findings of a trial that breaks before it answers. */
import { expect, it } from 'vitest'
import { silentLog } from '../../src/observe/log.ts'
import { createExamination, type Examined, type Found, foundAt, type Trial } from '../../src/services/examination.ts'
import { createFindingService } from '../../src/services/findings.ts'
import { testDatabase } from '../database.ts'

async function setup() {
  const database = await testDatabase()
  let answer = async (): Promise<Found[]> => []
  const trial: Trial = { name: 'keys', checks: ['KEY01'], service: 'worker', attempt: () => answer() }
  const findings = createFindingService({
    db: database.db,
    instanceId: 'ins_test',
    environment: 'staging',
    examination: createExamination([trial]),
    log: silentLog,
  })
  return {
    async round(next: () => Promise<Found[]>): Promise<Examined> {
      answer = next
      return findings.examine({ document: false }, 'test', AbortSignal.timeout(10_000))
    },
    async open(): Promise<string[]> {
      const { items } = await findings.list({ status: ['fail', 'unknown'], limit: 100 })
      return items.map(({ subject, status }) => `${subject} ${status}`).sort()
    },
    [Symbol.asyncDispose]: database.drop,
  }
}

const key = (status: Found['status']) => async () => [
  foundAt('KEY01', 'source:a', status, 'It was asked.', { service: 'worker' }),
]

async function breaks(): Promise<Found[]> {
  throw new Error('broken')
}

it('what was found before stays open when the trial breaks, and all passes once it passes', async () => {
  await using bundle = await setup()
  await bundle.round(key('fail'))
  expect(await bundle.open()).toEqual(['source:a fail'])
  await bundle.round(breaks)
  expect(await bundle.open()).toEqual(['keys unknown', 'source:a fail'])
  await bundle.round(key('pass'))
  expect(await bundle.open()).toEqual([])
})

it('the step has failed: whoever proves a deployment by it must not take it for one that was not asked for', async () => {
  await using bundle = await setup()
  const { steps } = await bundle.round(breaks)
  expect(steps).toMatchObject([{ name: 'keys', status: 'fail', detail: 'It could not be tried: broken' }])
})
