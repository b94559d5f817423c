/** The end of a demo, as text for people and as one JSON object for programs. Prints nothing itself. */
import { type EvidenceOrigin, evidenceOrigins } from '@becket/client/contract'
import { accounted } from './accounted.ts'
import type { DemoEnding, DemoItem, DemoResult } from './demo-result.ts'
import { failureLines } from './failure-lines.ts'
import {
  createPaint,
  fit,
  fitName,
  fitRight,
  formatBytes,
  formatDuration,
  type Paint,
  shortName,
  visible,
  widthOf,
  wrap,
} from './terminal-text.ts'

export interface ScoreboardOptions {
  /** Of the terminal; lines are made for 80 and grow only by the file's name. */
  columns: number
  colour: boolean
}

export interface Summary {
  complete: number
  kept: number
  duplicate: number
  failed: number
  unfinished: number
  settledBy: Record<EvidenceOrigin, number>
  /** Over what was settled without their callback; null where there was none. */
  recoveryDelayMs: { median: number; worst: number } | null
}

export function summarize({ documents, videos }: Pick<DemoResult, 'documents' | 'videos'>): Summary {
  const settledBy: Summary['settledBy'] = { callback: 0, check: 0, artifact: 0, response: 0, operator: 0 }
  const endings = { complete: 0, kept: 0, duplicate: 0, failed: 0, unfinished: 0 }
  const delays: number[] = []
  for (const { ending, settledBy: origin, recoveryDelayMs } of [...documents, ...videos]) {
    endings[ending.kind] += 1
    if (origin !== null) settledBy[origin] += 1
    const recovered = origin === 'check' || origin === 'artifact' || origin === 'operator'
    if (recovered && recoveryDelayMs !== null) delays.push(recoveryDelayMs)
  }
  return { ...endings, settledBy, recoveryDelayMs: medianAndWorst(delays) }
}

function medianAndWorst(values: readonly number[]): Summary['recoveryDelayMs'] {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle]
  const worst = sorted.at(-1)
  if (upper === undefined || worst === undefined) return null
  const lower = sorted.length % 2 === 0 ? (sorted[middle - 1] ?? upper) : upper
  return { median: (lower + upper) / 2, worst }
}

/** What `--json` prints as the last object. */
export function scoreboardJson(result: DemoResult) {
  const { ok, problems } = accounted(result)
  return { accounted: ok, problems, summary: summarize(result), ...result }
}

export function renderScoreboard(result: DemoResult, options: ScoreboardOptions): string {
  const paint = createPaint(options.colour)
  const summary = summarize(result)
  const sections = [
    titleLines(result, paint),
    tableLines('document', result.documents, paint, options.columns),
    tableLines('video', result.videos, paint, options.columns),
    settlementLines(summary, paint),
    countLines(result, summary),
    failureLines([...result.documents, ...result.videos], paint, options.columns),
    verdictLines(result, summary, paint),
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function titleLines({ documents, videos, run }: DemoResult, paint: Paint): string[] {
  const loss = `${Math.round(run.loss * 100)} % of callbacks lost`
  const works = [counted(documents.length, 'document'), ...(videos.length > 0 ? [counted(videos.length, 'video')] : [])]
  const title = paint('strong', `The demo: ${works.join(' and ')}`)
  const speed =
    run.ladderSpeed === 1
      ? 'The ladder ran at its true pace.'
      : `The ladder ran ${run.ladderSpeed} times faster than in production: a minute took ${formatDuration(60_000 / run.ladderSpeed)}.`
  return [`${title}, ${loss}, seed ${run.seed}`, ...wrap(speed, 80).map((line) => paint('faint', line))]
}

const OTHER_COLUMNS = 2 + 1 + 8 + 2 + 17 + 2 + 8 + 1 + 8 + 1 + 5

function tableLines(what: string, items: readonly DemoItem[], paint: Paint, columns: number): string[] {
  if (items.length === 0) return []
  const longest = Math.max(8, ...items.map(({ file }) => widthOf(visible(file))))
  const names = Math.max(24, Math.min(longest, columns - OTHER_COLUMNS - 1))
  const head = `  ${fit(what, names)} ${fitRight('size', 8)}  ${fit('ended as', 17)}  ${fit('by', 8)} ${fitRight('after', 8)} tries`
  return [paint('faint', head), ...items.map((item) => tableLine(item, names, paint))]
}

function tableLine(item: DemoItem, names: number, paint: Paint): string {
  const { ending, settledBy, recoveryDelayMs, attempts } = item
  const { mark, tone, word } = appearance(ending)
  const cells = [
    `${paint(tone, mark)} ${fitName(item.file, names)} ${fitRight(item.bytes === 0 ? '-' : formatBytes(item.bytes), 8)}`,
    paint(tone, fit(word, 17)),
    `${fit(settledBy ?? '-', 8)} ${fitRight(recoveryDelayMs === null ? '-' : formatDuration(recoveryDelayMs), 8)} ${fitRight(`${attempts}`, 5)}`,
  ]
  return cells.join('  ')
}

/** By shape and word as well as by colour. */
function appearance(ending: DemoEnding): { mark: string; tone: 'good' | 'bad' | 'notable' | 'faint'; word: string } {
  switch (ending.kind) {
    case 'complete':
      return { mark: '✔', tone: 'good', word: 'complete' }
    case 'kept':
      return { mark: '✔', tone: 'good', word: 'completed' }
    case 'duplicate':
      return { mark: '=', tone: 'faint', word: 'duplicate' }
    case 'failed':
      return { mark: '!', tone: 'notable', word: visible(ending.code) }
    case 'unfinished':
      return { mark: '✘', tone: 'bad', word: visible(ending.status) }
    default:
      return ending satisfies never
  }
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}

function settlementLines({ settledBy, recoveryDelayMs }: Summary, paint: Paint): string[] {
  const origins = evidenceOrigins.filter((origin) => origin !== 'operator' || settledBy.operator > 0)
  const most = Math.max(1, ...Object.values(settledBy))
  const rows = origins.map((origin) => {
    const count = settledBy[origin]
    const bar = '█'.repeat(count === 0 ? 0 : Math.max(1, Math.round((count / most) * 30)))
    return `  ${fit(origin, 9)}${fitRight(`${count}`, 5)}${bar === '' ? '' : ` ${paint('faint', bar)}`}`
  })
  const delay =
    recoveryDelayMs === null
      ? 'Nothing had to be recovered: each was settled by its callback or at once.'
      : `Recovered ${formatDuration(recoveryDelayMs.median)} (median) to ${formatDuration(recoveryDelayMs.worst)} (worst) after the provider was done.`
  return [paint('strong', 'What settled the work of the providers'), ...rows, ...wrap(delay, 80)]
}

function countLines({ rows, totals, run }: DemoResult, summary: Summary): string[] {
  const { sent, lost, duplicates, late, orphans, refused } = totals.callbacks
  const facts: [string, string][] = [
    ['callbacks', `${sent} sent, ${lost} lost on the way`],
    [
      'absorbed',
      `${counted(duplicates, 'duplicate')}, ${late} late, ${orphans} before they were expected, ${refused} refused`,
    ],
    ['asked', `${counted(totals.checks, 'status check')}, ${counted(totals.resubmits, 'repeated submission')}`],
    [
      'ended',
      `${summary.complete + summary.kept} complete, ${summary.duplicate} duplicate, ${summary.failed} failed, ${summary.unfinished} unfinished`,
    ],
    [
      'airtable',
      `${counted(rows.length, 'row')}, by ${counted(totals.airtable.requests, 'request')}, of which ${totals.airtable.failed} failed`,
    ],
    [
      'memory',
      `${formatBytes(run.memoryBytes)} at most, server and client; the stand-ins, apart, ${formatBytes(run.standInsMemoryBytes)}`,
    ],
    ['time', `${formatDuration(run.durationMs)} in all`],
  ]
  return facts.map(([name, value]) => `${fit(name, 11)}${value}`)
}

function verdictLines(result: DemoResult, summary: Summary, paint: Paint): string[] {
  const { ok, problems } = accounted(result)
  const { documents, videos } = result
  const count = documents.length + videos.length
  const what = videos.length === 0 ? 'documents' : 'documents and videos'
  if (ok) {
    const failed = summary.failed === 0 ? '' : '; what failed, failed for its true reason'
    const all = count === 1 ? 'The document is' : `All ${count} ${what} are`
    return wrap(`✔ ${all} accounted for, each job once in the Airtable${failed}.`, 80).map((line) =>
      paint('good', line),
    )
  }
  if (count === 0) return [paint('bad', '✘ There was no document to work on.')]
  const wrong = new Set(problems.map(({ file }) => file)).size
  return [
    paint('bad', `✘ ${wrong} of ${count} ${count === 1 ? 'document is' : `${what} are`} not accounted for:`),
    ...problems.flatMap(({ file, problem }) =>
      wrap(`${shortName(file, 60)} ${problem}`, 78).map((line) => `  ${line}`),
    ),
  ]
}
