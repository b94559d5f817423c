import { describe, expect, it } from 'vitest'
import { figuresOf, type RaceDocument, type RaceRun } from './race-figures.ts'
import { renderRace } from './race-report.ts'

function run(changes: Partial<RaceRun> = {}): RaceRun {
  return { end: 'complete', reason: null, tookMs: 1_000, accessErrors: 0, waits: 0, ...changes }
}

/** One pair for each change of the former and of ours. */
function documents(...pairs: readonly [Partial<RaceRun>, Partial<RaceRun>][]): RaceDocument[] {
  return pairs.map(([former, ours], index) => ({ filename: `${index}.pdf`, former: run(former), ours: run(ours) }))
}

const many = (count: number, pair: [Partial<RaceRun>, Partial<RaceRun>]) => Array.from({ length: count }, () => pair)

describe('the bars', () => {
  it('hold where ours meets no error, is as quick, and completes all', () => {
    const { bars, ok } = figuresOf(documents([{ accessErrors: 3 }, { waits: 9 }]))
    expect(ok).toBe(true)
    expect([bars.accessErrors.value, bars.processingTime.value, bars.jobsSuccessful.value]).toEqual([1, 0, 1])
  })

  it.each([
    ['exactly 99 % fewer errors', { accessErrors: 100 }, { accessErrors: 1 }],
    ['exactly 10 % more time', { accessErrors: 1, tookMs: 1_000 }, { tookMs: 1_100 }],
    ['a former order that met no error', {}, {}],
  ])('do not hold with %s', (_name, former, ours) => {
    expect(figuresOf(documents([former, ours])).ok).toBe(false)
  })

  it('do not hold with one failure in a thousand', () => {
    const failing = (count: number) => [
      ...many(count - 1, [{ accessErrors: 1 }, {}]),
      ...many(1, [{}, { end: 'failed' }]),
    ]
    expect(figuresOf(documents(...failing(1_000))).bars.jobsSuccessful.holds).toBe(false)
    expect(figuresOf(documents(...failing(1_001))).bars.jobsSuccessful.holds).toBe(true)
  })

  it('cannot hold where nothing ran', () => {
    expect(figuresOf([])).toMatchObject({ ok: false, former: { successShare: null, medianMs: null } })
  })
})

it('time is compared over the documents that completed in both orders only', () => {
  const figures = figuresOf(
    documents(
      [{ tookMs: 100 }, { tookMs: 200 }],
      [{ tookMs: 300 }, { tookMs: 400 }],
      [{ end: 'failed', tookMs: null }, { tookMs: 9_000 }],
      [{ tookMs: 9_000 }, { end: 'unfinished', tookMs: null }],
    ),
  )
  expect(figures).toMatchObject({ completeInBoth: 2, former: { medianMs: 200 }, ours: { medianMs: 300 } })
})

it('the report tells the figures, what failed and why, and does not round up to a whole', () => {
  const raced = documents(...many(1_999, [{ accessErrors: 2, tookMs: 2_000 }, { tookMs: 1_900 }]), [
    { end: 'failed', reason: 'Document file is not accessible', tookMs: null },
    { end: 'failed', reason: 'why not' },
  ])
  const figures = figuresOf(raced)
  const text = renderRace({ seed: 7, durationMs: 61_000, figures, documents: raced }, false)
  expect(text).toMatch(/access errors met by workers +3998 +0 +−100\.00 % +over 99 % fewer +✔/)
  expect(text).toMatch(/time to the end, median of 1999 +2\.00 s +1\.90 s +−5\.00 % +under 10 % more +✔/)
  expect(text).toMatch(/jobs successful +99\.95 % +99\.95 % +over 99\.9 % +✔/)
  expect(text).toContain('1 × Document file is not accessible')
  expect(text).toContain('1 × why not')
})
