/** A race as text for people and as one JSON object for programs. Prints nothing itself. */
import { createPaint, fit, fitRight, formatDuration, type Paint, wrap } from '../demo/terminal-text.ts'
import type { Bar, OrderFigures, RaceDocument, RaceFigures, RaceRun } from './race-figures.ts'

export interface RaceResult {
  seed: number
  durationMs: number
  figures: RaceFigures
  documents: readonly RaceDocument[]
}

export function raceJson({ seed, durationMs, figures, documents }: RaceResult) {
  const { ok, bars, ...rest } = figures
  return { ok, bars, ...rest, seed, durationMs, notable: documents.filter(isNotable) }
}

/** What a reader would ask about: what did not complete, and what ours stumbled over. */
function isNotable({ former, ours }: RaceDocument): boolean {
  return former.end !== 'complete' || ours.end !== 'complete' || ours.accessErrors > 0
}

const CELLS = { name: 31, value: 10, change: 11, must: 16 }

export function renderRace({ seed, durationMs, figures, documents }: RaceResult, colour: boolean): string {
  const paint = createPaint(colour)
  const { former, ours, bars } = figures
  const head = row(['', 'former', 'ours', 'change', 'must be'])
  const lines = [
    paint('strong', `The race of FM-027: ${figures.documents} documents in both orders, seed ${seed}`),
    '',
    paint('faint', head.trimEnd()),
    barLine(paint, bars.accessErrors, 'access errors met by workers', `${former.accessErrors}`, `${ours.accessErrors}`),
    barLine(
      paint,
      bars.processingTime,
      `time to the end, median of ${figures.completeInBoth}`,
      duration(former.medianMs),
      duration(ours.medianMs),
    ),
    barLine(paint, bars.jobsSuccessful, 'jobs successful', share(former), share(ours)),
    '',
    ...wrap(waitsText(former, ours), 80).map((line) => paint('faint', line)),
    ...endingLines('former', former, documents),
    ...endingLines('ours', ours, documents),
    '',
    figures.ok
      ? paint('good', `✔ All three bars hold (${formatDuration(durationMs)}).`)
      : paint('bad', `✘ Not every bar holds (${formatDuration(durationMs)}).`),
  ]
  return lines.join('\n')
}

function row([name = '', former = '', ours = '', change = '', must = '']: readonly string[]): string {
  const { value } = CELLS
  return `${fit(name, CELLS.name)}${fitRight(former, value)}${fitRight(ours, value)}${fitRight(change, CELLS.change)}  ${fit(must, CELLS.must)}`
}

function barLine(paint: Paint, bar: Bar, name: string, former: string, ours: string): string {
  const mark = bar.holds ? paint('good', '✔') : paint('bad', '✘')
  return `${row([name, former, ours, changeText(bar), mustText(bar)])}${mark}`
}

function changeText({ name, value }: Bar): string {
  if (value === null) return 'unknown'
  if (name === 'jobs successful') return ''
  // A reduction is told as what it is: less.
  const change = name === 'access errors' ? -value : value
  return `${change > 0 ? '+' : change < 0 ? '−' : ''}${percent(Math.abs(change))}`
}

function mustText({ name, limit }: Bar): string {
  const bound = `${Math.round(limit * 1000) / 10} %`
  if (name === 'access errors') return `over ${bound} fewer`
  return name === 'processing time' ? `under ${bound} more` : `over ${bound}`
}

/** Two digits, and never rounded up to a whole that it is not. */
function percent(value: number): string {
  return `${(Math.floor(value * 10_000 + 1e-6) / 100).toFixed(2)} %`
}

function share({ successShare }: OrderFigures): string {
  return successShare === null ? '-' : percent(successShare)
}

function duration(ms: number | null): string {
  return ms === null ? '-' : `${(ms / 1000).toFixed(2)} s`
}

function waitsText(former: OrderFigures, ours: OrderFigures): string {
  const read = (waits: number) => `${waits} ${waits === 1 ? 'read' : 'reads'}`
  return `An access error is a read of what was said to be there, and was not got. Besides, ${read(ours.waits)} of ours (former: ${former.waits}) asked whether an object is there yet, before anything was said of it, and it was not: that is how ours finds out.`
}

function endingLines(order: 'former' | 'ours', figures: OrderFigures, documents: readonly RaceDocument[]): string[] {
  const { failed, unfinished } = figures
  if (failed + unfinished === 0) return []
  const reasons = new Map<string, number>()
  for (const document of documents) {
    const reason = reasonOf(document[order])
    if (reason !== null) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  const told = [...reasons].map(([reason, count]) => `${count} × ${reason}`)
  return ['', `${order}: ${failed} failed, ${unfinished} unfinished`, ...told.flatMap((line) => indented(line))]
}

function reasonOf({ end, reason }: RaceRun): string | null {
  return end === 'complete' ? null : (reason ?? end)
}

function indented(text: string): string[] {
  return wrap(text, 76).map((line) => `  ${line}`)
}
