import type { Document, JobSummary } from '@becket/client'
import { expect, test } from 'vitest'
import { recentWork } from './recent-work.ts'

function document(id: string, more: Partial<Document> = {}): Document {
  const times = { createdAt: '2026-03-02T09:00:00Z', finalizedAt: null }
  const facts = { owner: 'default', mime: 'application/pdf', bytes: 10, sha256: 'a'.repeat(64), duplicateOf: null }
  const rest = { filename: `${id}.pdf`, state: 'finalized', status: 'parsed', jobId: null, upload: null } as const
  return { id, ...facts, ...rest, ...times, ...more }
}

function job(id: string, more: Partial<JobSummary> = {}): JobSummary {
  const times = { createdAt: '2026-03-02T09:00:00Z', updatedAt: '2026-03-02T09:00:00Z', finishedAt: null }
  const state = { stage: 'parse', state: 'working', status: null, attempt: 2, progress: 20 } as const
  return {
    id,
    pipeline: 'call',
    key: 'order 7',
    ...state,
    ...times,
    error: null,
    prunedAt: null,
    expectationId: null,
    ...more,
  }
}

const failure = { code: 'PARSE_EMPTY', title: 't', message: 'No text.', supportId: 'S-1', hint: 'h', retryable: false }

test('a document and its job are one row, with the error and tries of the job', () => {
  const rows = recentWork([document('doc_1', { jobId: 'job_1' })], [job('job_1', { error: failure })], 10)
  expect(rows).toMatchObject([
    { id: 'doc_1', name: 'doc_1.pdf', attempt: 2, error: { code: 'PARSE_EMPTY', supportId: 'S-1' } },
  ])
})

test('a job that is named after a document is that document, also when the document does not name it', () => {
  expect(recentWork([document('doc_1')], [job('job_1', { key: 'doc_1' })], 10)).toHaveLength(1)
})

test('a job without a document stands for itself', () => {
  expect(recentWork([], [job('job_1', { state: 'deadletter' })], 10)).toMatchObject([
    { id: 'job_1', name: 'call order 7', status: 'deadletter', tone: 'bad' },
  ])
})

test('a document without a proven content shows its state, not a status that it has not', () => {
  const rows = recentWork([document('doc_1', { state: 'registered', status: null })], [], 10)
  expect(rows).toMatchObject([{ status: 'registered', tone: 'quiet', attempt: null, error: null }])
})

test('what moved last comes first, and no more than asked for', () => {
  const at = (time: string) => ({ updatedAt: `2026-03-02T09:${time}:00Z` })
  const rows = recentWork([], [job('a', at('01')), job('b', at('03')), job('c', at('02'))], 2)
  expect(rows.map(({ id }) => id)).toEqual(['b', 'c'])
})
