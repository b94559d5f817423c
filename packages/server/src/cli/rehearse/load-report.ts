/** A load as text for people and as one JSON object for programs. Prints nothing itself. */
import { evidenceOrigins } from '@becket/client/contract'
import { createPaint, fit, fitRight, formatDuration } from '../demo/terminal-text.ts'
import type { LoadFigures, LoadJob } from './load-figures.ts'

export interface LoadResult {
  seed: number
  /** Share of the callbacks that were lost, 0 to 1. */
  loss: number
  durationMs: number
  figures: LoadFigures
  jobs: readonly LoadJob[]
}

export function isWhole({ figures }: Pick<LoadResult, 'figures'>): boolean {
  return figures.completionRate === 1
}

/** Of the jobs only those that did not complete: the others are alike. */
export function loadJson(result: LoadResult) {
  const { jobs, ...rest } = result
  return { ok: isWhole(result), ...rest, notable: jobs.filter(({ end }) => end !== 'complete') }
}

const NAME = 12

export function renderLoad(result: LoadResult, colour: boolean): string {
  const paint = createPaint(colour)
  const { figures, seed, loss, durationMs } = result
  const { tookMs } = figures
  const line = (name: string, text: string) => `${fit(name, NAME)}${text}`
  const most = Math.max(1, ...Object.values(figures.settledBy))
  const bars = evidenceOrigins
    .filter((origin) => origin !== 'operator')
    .map((origin) => {
      const count = figures.settledBy[origin]
      const bar = '█'.repeat(count === 0 ? 0 : Math.max(1, Math.round((count / most) * 30)))
      return `  ${fit(origin, NAME - 2)}${fitRight(String(count), 5)} ${paint('faint', bar)}`.trimEnd()
    })
  const reasons = Object.entries(figures.reasons).map(([reason, count]) => line('', `${count} × ${reason}`))
  const rate = figures.completionRate === null ? '-' : percent(figures.completionRate)
  return [
    paint('strong', `A load of ${figures.jobs} jobs, ${Math.round(loss * 100)} % of callbacks lost, seed ${seed}`),
    '',
    line('completed', `${figures.complete} of ${figures.jobs}: ${rate}`),
    line('failed', `${figures.failed}, unfinished ${figures.unfinished}`),
    ...reasons,
    line(
      'took',
      tookMs === null
        ? '-'
        : `${formatDuration(tookMs.median)} (median), ${formatDuration(tookMs.p95)} (95 %), ${formatDuration(tookMs.worst)} (worst)`,
    ),
    line('pace', `${figures.perSecond.toFixed(1)} jobs a second, ${formatDuration(durationMs)} in all`),
    'settled by',
    ...bars,
    '',
    isWhole(result) ? paint('good', '✔ Every job was completed.') : paint('bad', '✘ Not every job was completed.'),
  ].join('\n')
}

/** Never rounded up to a whole that it is not. */
function percent(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1)} %`
}
