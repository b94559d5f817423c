import { expect, test } from 'vitest'
import { type LoadJob, loadFigures } from './load-figures.ts'

function job(more: Partial<LoadJob> = {}): LoadJob {
  return {
    id: 'job_1',
    pipeline: 'video',
    end: 'complete',
    reason: null,
    tookMs: 100,
    settledBy: ['callback'],
    ...more,
  }
}

test('the completion rate counts what did not end as not completed', () => {
  const jobs = [job(), job(), job({ end: 'failed', reason: 'RENDER_FAILED' }), job({ end: 'unfinished', tookMs: null })]
  expect(loadFigures(jobs, 2_000)).toMatchObject({
    jobs: 4,
    complete: 2,
    failed: 1,
    unfinished: 1,
    completionRate: 0.5,
    perSecond: 1.5,
    reasons: { RENDER_FAILED: 1 },
  })
})

test('times are ones that were measured, the worst among them', () => {
  const jobs = [30, 10, 20, 40].map((tookMs) => job({ tookMs }))
  expect(loadFigures(jobs, 1_000).tookMs).toEqual({ median: 20, p95: 40, worst: 40 })
})

test('what settled the work is counted by each of its ways', () => {
  const jobs = [job({ settledBy: ['check', 'response'] }), job({ settledBy: ['artifact'] })]
  expect(loadFigures(jobs, 1_000).settledBy).toEqual({ callback: 0, check: 1, artifact: 1, response: 1, operator: 0 })
})

test('no jobs have no rate and no times', () => {
  expect(loadFigures([], 1_000)).toMatchObject({ completionRate: null, tookMs: null, perSecond: 0 })
})
