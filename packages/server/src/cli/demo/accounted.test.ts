import { expect, test } from 'vitest'
import { accounted } from './accounted.ts'
import type { DemoDocument, DemoEnding, DemoItem, DemoRow, DemoVideo, ExpectedOutcome } from './demo-result.ts'

const complete: DemoEnding = { kind: 'complete', chunks: 3 }
const failed = (code: string): DemoEnding => ({ kind: 'failed', code, reads: 'It failed.', supportId: 'S-1' })

function document(file: string, ending: DemoEnding, more: Partial<DemoDocument> = {}): DemoDocument {
  const nothing = { settledBy: null, recoveryDelayMs: null, attempts: 1, faults: [], expected: null }
  return {
    file,
    bytes: 10,
    sha256: `hash of ${file}`,
    id: `doc_${file}`,
    jobId: `job_${file}`,
    ending,
    ...nothing,
    ...more,
  }
}

function video(file: string, ending: DemoEnding, more: Partial<DemoVideo> = {}): DemoVideo {
  const { sha256: _sha256, id: _id, ...item } = document(file, ending)
  return { ...item, operation: 'combine', ...more }
}

function rowOf({ jobId, ending, bytes }: DemoItem, more: Partial<DemoRow> = {}): DemoRow {
  const status = ending.kind === 'failed' ? 'failed' : 'completed'
  return { table: 'Videos', runId: jobId ?? '', status, bytes, attachedBytes: bytes, ...more }
}

/** Each told of in the Airtable as it should be. */
function accountOf(documents: DemoDocument[], videos: DemoVideo[] = []) {
  return accounted({ documents, videos, rows: [...documents, ...videos].map((item) => rowOf(item)) })
}

const problemsOf = (...documents: DemoDocument[]) => accountOf(documents).problems.map(({ problem }) => problem)
const mustComplete: ExpectedOutcome = { kind: 'complete' }

test('complete, duplicate of an earlier run, and failed for the true reason are accounted for', () => {
  const account = accountOf([
    document('a', complete, { expected: mustComplete }),
    document('b', { kind: 'duplicate', of: 'doc_of_another_day' }, { expected: mustComplete }),
    document('c', failed('PARSE_EMPTY'), { expected: { kind: 'failed', code: 'PARSE_EMPTY' } }),
  ])
  expect(account).toEqual({ ok: true, problems: [] })
})

test('a run without documents proves nothing and is not accounted for', () => {
  expect(accountOf([]).ok).toBe(false)
})

test('a document that did not end is not accounted for, whoever it belongs to', () => {
  expect(problemsOf(document('a', { kind: 'unfinished', status: 'parse_queued' }))).toEqual([
    'did not end: it is still parse_queued',
  ])
})

test('failing for another reason than the true one is not accounted for', () => {
  const expected: ExpectedOutcome = { kind: 'failed', code: 'PARSE_EMPTY' }
  expect(problemsOf(document('a', failed('PARSE_TIMED_OUT'), { expected }))).toEqual([
    'failed with PARSE_TIMED_OUT, but had to fail with PARSE_EMPTY',
  ])
  expect(problemsOf(document('a', failed('PARSE_FAILED'), { expected: mustComplete }))).toEqual([
    'failed with PARSE_FAILED, but had to be complete',
  ])
})

test('completing what cannot be completed is invention, and so is completing without a chunk', () => {
  const expected: ExpectedOutcome = { kind: 'failed', code: 'PARSE_EMPTY' }
  expect(problemsOf(document('a', complete, { expected }))).toEqual(['is complete, but had to fail with PARSE_EMPTY'])
  expect(problemsOf(document('a', { kind: 'complete', chunks: 0 }))).toEqual(['is complete without a single chunk'])
})

test("a user's own file may fail with any code, but not without one", () => {
  expect(problemsOf(document('own.pdf', failed('PROVIDER_FAILED')))).toEqual([])
  expect(problemsOf(document('own.pdf', failed('')))).toEqual(['failed without a code'])
})

test('of two files with the same content either may be the original, but not both and not neither', () => {
  const a = (ending: DemoEnding) => document('a', ending, { sha256: 'same', expected: mustComplete })
  const b = (ending: DemoEnding) => document('b', ending, { sha256: 'same', expected: mustComplete })
  expect(problemsOf(a(complete), b({ kind: 'duplicate', of: 'doc_a' }))).toEqual([])
  expect(problemsOf(a({ kind: 'duplicate', of: 'doc_b' }), b(complete))).toEqual([])
  expect(problemsOf(a(complete), b(complete))).toEqual([
    'was completed although a, with the same content, was completed too',
  ])
  expect(problemsOf(a({ kind: 'duplicate', of: 'doc_b' }), b({ kind: 'duplicate', of: 'doc_a' }))).toHaveLength(2)
})

test('a duplicate of itself, or of other content, is not accounted for', () => {
  expect(problemsOf(document('a', { kind: 'duplicate', of: 'doc_a' }))).toEqual(['is called a duplicate of itself'])
  expect(problemsOf(document('a', { kind: 'duplicate', of: 'doc_b' }), document('b', complete))).toEqual([
    'is called a duplicate of b, which has other content',
  ])
})

test('a video is kept in at least one file, or failed for its true reason', () => {
  const kept = video('a', { kind: 'kept', files: 1 }, { expected: mustComplete })
  const lost = video('b', failed('RENDER_FAILED'), { expected: { kind: 'failed', code: 'RENDER_FAILED' } })
  expect(accountOf([], [kept, lost])).toEqual({ ok: true, problems: [] })
  expect(accountOf([], [video('a', { kind: 'kept', files: 0 })]).problems).toEqual([
    { file: 'a', problem: 'is completed without a single file' },
  ])
})

test('each job that ended stands in the Airtable exactly once, with its status, its size and its file', () => {
  const kept = video('a', { kind: 'kept', files: 1 })
  const against = (...rows: DemoRow[]) =>
    accounted({ documents: [], videos: [kept], rows }).problems.map(({ problem }) => problem)
  expect(against()).toEqual(['has no row in the Airtable'])
  expect(against(rowOf(kept), rowOf(kept))).toEqual(['has 2 rows in the Airtable'])
  expect(against(rowOf(kept, { status: 'failed' }))).toEqual(['is failed in the Airtable, and completed here'])
  expect(against(rowOf(kept, { bytes: 9 }))).toEqual(['has 9 bytes in the Airtable, and 10 here'])
  expect(against(rowOf(kept, { attachedBytes: null }))).toEqual(['has no bytes attached in the Airtable of 10'])
  expect(against(rowOf(kept), rowOf(kept, { runId: 'job_of_an_earlier_run' }))).toEqual([])
})
