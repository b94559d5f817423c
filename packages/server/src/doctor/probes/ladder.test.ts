import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Answer, climb, type Rung } from './ladder.ts'
import { fail, pass, unknown } from './report.ts'
import { createScrub } from './scrub.ts'

const { signal } = new AbortController()
const scrub = createScrub([])
const rungOf = (answer: Answer, index: number): Rung => ({
  name: `rung ${index}`,
  code: 'NET01',
  limitMs: 1_000,
  late: unknown('late'),
  ask: async () => answer,
})
const anyAnswer = fc.constantFrom<Answer>(pass('well'), fail('NET02', 'broken', 'mend it'), unknown('nobody knows'), {
  ...fail('NET02', 'broken, and passable', 'mend it'),
  goesOn: true,
})

test('nothing above a rung that stops the way is said to be well', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyAnswer, { minLength: 1, maxLength: 8 }), async (answers) => {
      const { reports, reachedTop } = await climb('it', answers.map(rungOf), { scrub, signal })
      const stop = answers.findIndex(({ status, goesOn }) => status !== 'pass' && goesOn !== true)
      const asked = stop === -1 ? answers.length : stop + 1
      expect(reports.map(({ status }) => status)).toEqual([
        ...answers.slice(0, asked).map(({ status }) => status),
        ...answers.slice(asked).map(() => 'unknown'),
      ])
      expect(reachedTop).toBe(stop === -1)
    }),
  )
})

test('a rung that breaks off is unknown, and says why', async () => {
  const broken: Rung = { ...rungOf(pass('well'), 0), ask: () => Promise.reject(new Error('a bug')) }
  const { reports } = await climb('it', [broken, rungOf(pass('well'), 1)], { scrub, signal })
  expect(reports).toMatchObject([
    { status: 'unknown', evidence: 'it broke off: a bug', remedy: null },
    { status: 'unknown', evidence: 'not asked: rung 0 was not answered' },
  ])
})

test('a rung that never answers is what its lateness means', async () => {
  const stuck: Rung = { ...rungOf(pass('well'), 0), limitMs: 5, ask: () => new Promise(() => {}) }
  const { reports } = await climb('it', [stuck], { scrub, signal })
  expect(reports).toMatchObject([{ status: 'unknown', evidence: 'late' }])
})
