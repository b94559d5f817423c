/** The three figures of a race and the bars they must pass. Pure. */

/** What became of one document in one of the two orders. */
export interface RaceRun {
  end: 'complete' | 'failed' | 'unfinished'
  /** Why it did not complete. */
  reason: string | null
  /** From the client's first request to the end; null where it did not complete. */
  tookMs: number | null
  accessErrors: number
  /** Reads that found nothing before anybody said that there is something. */
  waits: number
}

export interface RaceDocument {
  filename: string
  former: RaceRun
  ours: RaceRun
}

export interface OrderFigures {
  accessErrors: number
  waits: number
  complete: number
  failed: number
  unfinished: number
  /** Of all; null where there is none. */
  successShare: number | null
  /** Over the documents that completed in both orders; null where there is none. */
  medianMs: number | null
}

export interface Bar {
  name: 'access errors' | 'processing time' | 'jobs successful'
  /** Reduction, change or share, 1 for the whole; null: it cannot be told. */
  value: number | null
  /** What it must pass, and from which side. */
  limit: number
  mustBe: 'above' | 'below'
  holds: boolean
}

export interface RaceFigures {
  documents: number
  completeInBoth: number
  former: OrderFigures
  ours: OrderFigures
  bars: { accessErrors: Bar; processingTime: Bar; jobsSuccessful: Bar }
  ok: boolean
}

export function figuresOf(documents: readonly RaceDocument[]): RaceFigures {
  const both = documents.filter(({ former, ours }) => former.end === 'complete' && ours.end === 'complete')
  const former = orderFigures(
    documents.map((document) => document.former),
    both.map((document) => document.former),
  )
  const ours = orderFigures(
    documents.map((document) => document.ours),
    both.map((document) => document.ours),
  )
  const bars = {
    accessErrors: bar('access errors', lessBy(former.accessErrors, ours.accessErrors), 'above', 0.99),
    processingTime: bar('processing time', moreBy(former.medianMs, ours.medianMs), 'below', 0.1),
    jobsSuccessful: bar('jobs successful', ours.successShare, 'above', 0.999),
  }
  const ok = Object.values(bars).every(({ holds }) => holds)
  return { documents: documents.length, completeInBoth: both.length, former, ours, bars, ok }
}

function orderFigures(runs: readonly RaceRun[], compared: readonly RaceRun[]): OrderFigures {
  const count = (end: RaceRun['end']) => runs.filter((run) => run.end === end).length
  const sum = (of: (run: RaceRun) => number) => runs.reduce((total, run) => total + of(run), 0)
  const complete = count('complete')
  return {
    accessErrors: sum((run) => run.accessErrors),
    waits: sum((run) => run.waits),
    complete,
    failed: count('failed'),
    unfinished: count('unfinished'),
    successShare: runs.length === 0 ? null : complete / runs.length,
    medianMs: median(compared.flatMap(({ tookMs }) => (tookMs === null ? [] : [tookMs]))),
  }
}

/** Null where there was nothing to reduce: a race that did not show the race proves nothing. */
function lessBy(before: number, after: number): number | null {
  return before === 0 ? null : (before - after) / before
}

function moreBy(before: number | null, after: number | null): number | null {
  return before === null || after === null || before === 0 ? null : (after - before) / before
}

function bar(name: Bar['name'], value: number | null, mustBe: Bar['mustBe'], limit: number): Bar {
  const holds = value !== null && (mustBe === 'above' ? value > limit : value < limit)
  return { name, value, limit, mustBe, holds }
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((one, other) => one - other)
  const upper = sorted[Math.floor(sorted.length / 2)]
  if (upper === undefined) return null
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[sorted.length / 2 - 1] ?? upper)) / 2
}
