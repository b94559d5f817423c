import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import type { DemoDocument, DemoEnding, DemoItem, DemoResult, DemoRow } from './demo-result.ts'
import { renderScoreboard, scoreboardJson, summarize } from './scoreboard.ts'
import { widthOf } from './terminal-text.ts'

const complete: DemoEnding = { kind: 'complete', chunks: 4 }

function document(file: string, more: Partial<DemoDocument> = {}): DemoDocument {
  return {
    file,
    bytes: 7247,
    sha256: `hash of ${file}`,
    id: `doc_${file}`,
    jobId: `job_${file}`,
    ending: complete,
    settledBy: 'callback',
    recoveryDelayMs: 312,
    attempts: 1,
    faults: [],
    expected: { kind: 'complete' },
    ...more,
  }
}

const scanned = document('scanned-letter.pdf', {
  ending: {
    kind: 'failed',
    code: 'PARSE_EMPTY',
    reads: 'No text was found in the document. A scanned document needs text recognition first.',
    supportId: '7f3a-90bc',
  },
  settledBy: 'check',
  recoveryDelayMs: 4200,
  faults: ['loss'],
  expected: { kind: 'failed', code: 'PARSE_EMPTY' },
})

function rowOf({ jobId, ending }: DemoItem): DemoRow {
  const status = ending.kind === 'failed' ? 'failed' : 'completed'
  return { table: 'Documents', runId: jobId ?? '', status, bytes: null, attachedBytes: null }
}

function result(...documents: DemoDocument[]): DemoResult {
  const withJob = documents.filter(({ ending }) => ending.kind === 'complete' || ending.kind === 'failed')
  return {
    documents,
    videos: [],
    rows: withJob.map((each) => rowOf(each)),
    totals: {
      callbacks: { sent: 31, lost: 13, duplicates: 6, late: 2, orphans: 1, refused: 0 },
      checks: 18,
      resubmits: 1,
      airtable: { requests: 5, failed: 1 },
    },
    run: {
      seed: 7,
      loss: 0.4,
      durationMs: 71_400,
      memoryBytes: 142_000_000,
      standInsMemoryBytes: 120_000_000,
      ladderSpeed: 60,
    },
  }
}

const plain = { columns: 80, colour: false }

test('no line is wider than 80 cells, however long and foreign the names are', () => {
  const board = renderScoreboard(
    result(
      scanned,
      document('山间小站气象记录山间小站气象记录山间小站气象记录.pdf', { ending: { kind: 'duplicate', of: 'doc_1' } }),
      document(`${'very-'.repeat(30)}long.pdf`, { settledBy: 'artifact', recoveryDelayMs: 59_900, attempts: 12 }),
      document(`${'large-'.repeat(20)}.pdf`, {
        bytes: 10_500_021,
        ending: { kind: 'failed', code: 'FILE_ACCESS_CIRCUIT_BREAKER_OPEN', reads: 'It waits.', supportId: null },
      }),
    ),
    plain,
  )
  for (const line of board.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(80)
})

test('the columns of all rows stand under each other', () => {
  const board = renderScoreboard(result(scanned, document('气象.pdf'), document('one-line.pdf', { bytes: 3 })), plain)
  const rows = board.split('\n').filter((row) => /tries$|\.pdf .*\d$/.test(row))
  const starts = rows.map((row) => widthOf(row.slice(0, row.search(/complete|PARSE_EMPTY|ended as/))))
  expect(rows).toHaveLength(4)
  expect(new Set(starts).size).toBe(1)
})

test('what failed is shown with what its user reads, the code and the support id', () => {
  const board = renderScoreboard(result(scanned), plain)
  expect(board).toContain('scanned-letter.pdf  PARSE_EMPTY')
  expect(board.replace(/\s+/g, ' ')).toContain('needs text recognition first. (Reference: 7f3a-90bc)')
  expect(board).toContain('faults on the way: loss')
  expect(board).toContain('✔ The document is accounted for')
})

test('a document that is not accounted for is named with what is wrong with it', () => {
  const stuck = document('stuck.pdf', { ending: { kind: 'unfinished', status: 'parse_queued' } })
  const board = renderScoreboard(result(document('a.pdf'), stuck), plain)
  expect(board).toContain('✘ 1 of 2 documents are not accounted for:')
  expect(board).toContain('  stuck.pdf did not end: it is still parse_queued')
})

test('colour changes nothing but the colour', () => {
  const coloured = renderScoreboard(result(scanned, document('a.pdf')), { columns: 80, colour: true })
  expect(coloured).not.toBe(stripVTControlCharacters(coloured))
  expect(stripVTControlCharacters(coloured)).toBe(renderScoreboard(result(scanned, document('a.pdf')), plain))
})

test('the recovery delay counts only what was settled without its callback', () => {
  const at = (recoveryDelayMs: number | null, settledBy: DemoDocument['settledBy']) =>
    document(`${settledBy} ${recoveryDelayMs}`, { recoveryDelayMs, settledBy })
  const documents = [
    at(90_000, 'callback'),
    at(1000, 'check'),
    at(2000, 'artifact'),
    at(7000, 'check'),
    at(null, 'check'),
  ]
  expect(summarize({ documents, videos: [] }).recoveryDelayMs).toEqual({ median: 2000, worst: 7000 })
  expect(summarize({ documents: documents.slice(0, 3), videos: [] }).recoveryDelayMs).toEqual({
    median: 1500,
    worst: 2000,
  })
  expect(summarize({ documents: documents.slice(0, 1), videos: [] }).recoveryDelayMs).toBeNull()
})

test('the ladder says how much faster than in production it ran', () => {
  expect(renderScoreboard(result(document('a.pdf')), plain)).toContain(
    '60 times faster than in production: a minute took 1.0 s',
  )
})

test('the JSON object survives a round trip and says whether all is accounted for', () => {
  const json: unknown = JSON.parse(JSON.stringify(scoreboardJson(result(scanned, document('a.pdf')))))
  expect(json).toMatchObject({
    accounted: true,
    problems: [],
    summary: { complete: 1, failed: 1, settledBy: { callback: 1, check: 1, artifact: 0, response: 0 } },
    run: { seed: 7, loss: 0.4 },
    totals: { callbacks: { lost: 13 } },
  })
})
