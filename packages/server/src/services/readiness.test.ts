import { expect, test } from 'vitest'
import type { Queryable } from '../db/db.ts'
import { createReadiness } from './readiness.ts'

const db: Queryable = { query: () => Promise.reject(new Error('not asked while a step is missing')) }

function readyWith(reason: string, isReadyAlone = false) {
  const step = { name: 'database', kind: 'hard', state: 'away', since: '2026-01-01T00:00:00.000Z' } as const
  const rest = { reason, nextTryAt: null, remedy: 'Check that it runs.', pauses: 'everything' }
  return createReadiness({ db, steps: () => [{ ...step, ...rest }], isReadyAlone: () => isReadyAlone })()
}

test('whoever asks without a key learns what failed, and not where it is or as whom we go there', async () => {
  const answers = await Promise.all(
    [
      'postgres://becket@db.internal:6543/app: connect ECONNREFUSED 10.0.0.7:6543',
      'getaddrinfo ENOTFOUND db.internal',
      'connect EHOSTUNREACH [fd00::7]:5432',
      'localhost:5432 did not answer',
    ].map((reason) => readyWith(reason)),
  )
  expect(answers.map(({ missing }) => missing[0])).toEqual([
    'database: (address) connect ECONNREFUSED (address); being tried again now. Check that it runs.',
    'database: getaddrinfo ENOTFOUND (address); being tried again now. Check that it runs.',
    'database: connect EHOSTUNREACH (address); being tried again now. Check that it runs.',
    'database: (address) did not answer; being tried again now. Check that it runs.',
  ])
  expect(JSON.stringify(answers)).not.toMatch(/internal|10\.0\.0\.7|becket@|fd00/)
})

test('a release is no address', async () => {
  const { missing } = await readyWith('the schema is of release 0.2.0, and this is 0.1.0')
  expect(missing[0]).toContain('release 0.2.0, and this is 0.1.0')
})

test('who can do without the database is ready, and says all the same that it is away', async () => {
  const { status, missing, steps } = await readyWith('connect ECONNREFUSED', true)
  expect([status, missing, steps[0]?.state]).toEqual(['ready', [], 'away'])
})
