/**
 * Shows how far each document is while the demo runs: bars that are repainted on a terminal, elsewhere one plain line for
 * each change. Knows nothing of the engine; the demo tells it what changed.
 */
import { MultiBar, type SingleBar } from 'cli-progress'
import { progressLine } from './progress-line.ts'
import { createProgressSlots } from './progress-slots.ts'
import { createPaint, formatDuration, visible, wantsColour } from './terminal-text.ts'
import { hasEnded, type ProgressStatus, percentOf } from './work-progress.ts'

export interface Progress {
  start(): void
  /** A status that was told before, and any after the document ended, is ignored. */
  update(file: string, status: ProgressStatus): void
  /** Leaves the last picture standing and the cursor below it. May be called twice, and unstarted. */
  stop(): void
}

export interface ProgressOptions {
  files: readonly string[]
  stream: NodeJS.WriteStream
  environment: Record<string, string | undefined>
  /** Milliseconds of a clock that never goes back, as `performance.now`. */
  now: () => number
}

export function createProgress(options: ProgressOptions): Progress {
  const isDumb = options.environment.TERM === 'dumb'
  return options.stream.isTTY && !isDumb ? createBars(options) : createLines(options)
}

function createLines({ files, stream, now }: ProgressOptions): Progress {
  const slots = createProgressSlots(files, files.length)
  let startedAt = now()
  return {
    start() {
      startedAt = now()
    },
    update(file, status) {
      if (slots.update(file, status) === null) return
      const { ended } = slots.counts()
      const count = hasEnded(status) ? ` (${ended} of ${files.length} ended)` : ''
      stream.write(`${formatDuration(now() - startedAt).padStart(8)}  ${visible(file)}: ${status}${count}\n`)
    },
    stop() {},
  }
}

// The summary, the line the cursor ends on, and one to keep the last command in sight.
const LINES_FOR_OTHERS = 3

function createBars({ files, stream, environment, now }: ProgressOptions): Progress {
  const paint = createPaint(wantsColour(true, environment))
  const slots = createProgressSlots(files, Math.max(1, (stream.rows || 24) - LINES_FOR_OTHERS))
  // The last cell stays free: some terminals wrap when it is written.
  const columns = () => (stream.columns || 80) - 1
  let startedAt = now()
  let board: MultiBar | null = null
  let bars: SingleBar[] = []

  const lineOf = (file: string) => progressLine(file, slots.statusOf(file), columns(), paint)

  function summaryLine(): string {
    const { ended, working, waiting } = slots.counts()
    const time = formatDuration(Math.max(0, now() - startedAt))
    return `${paint('strong', `${ended} of ${files.length} ended`)}, ${working} under way, ${waiting} waiting, ${time}`
  }

  return {
    start() {
      if (board !== null) return
      startedAt = now()
      board = new MultiBar({
        stream,
        hideCursor: true,
        // Its own last picture would count colour codes as width and cut the lines: stop() paints it instead.
        clearOnComplete: true,
        // A line printed above moves all bars down: each must be painted again though its text is the same.
        forceRedraw: true,
        format: (_options, _params, payload: { text: () => string }) => payload.text(),
      })
      const shown = board
      bars = slots.lines.map((_file, line) => shown.create(100, 0, { text: () => lineOf(slots.lines[line] ?? '') }))
      shown.create(1, 0, { text: summaryLine })
    },
    update(file, status) {
      const above = slots.update(file, status)
      if (above === null) return
      for (const gone of above) board?.log(`${lineOf(gone)}\x1b[K\n`)
      for (const [line, bar] of bars.entries()) bar.update(percentOf(slots.statusOf(slots.lines[line] ?? '')))
    },
    stop() {
      if (board === null) return
      // Once more first: stopping alone would drop what is still to be printed above.
      board.update()
      board.stop()
      board = null
      bars = []
      stream.write(`${[...slots.lines.map(lineOf), summaryLine()].join('\n')}\n`)
    },
  }
}
