/**
 * Takes submits, does the work, and has its callbacks sent. The routes of v1 and v2 ask it and put its answers into
 * their wire formats.
 */
import type { Attempts } from '../faults/attempts.ts'
import type { Dice } from '../faults/dice.ts'
import { type Distribution, sampleMs } from '../faults/distribution.ts'
import type { ParseFaults } from '../faults/faults.ts'
import { createLuck } from '../faults/luck.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Extractor } from '../pdf/extractor.ts'
import type { PdfReading } from '../pdf/pdf-text.ts'
import { pause, type Tasks } from '../stage/tasks.ts'
import type { CallbackTarget } from './callback-target.ts'
import type { Deliverer } from './deliver.ts'
import type { JobBook, ParseJob, ParseOutcome } from './job-book.ts'
import type { Spool } from './spool.ts'
import type { Striker, Struck } from './striker.ts'
import type { Upload } from './upload.ts'

interface Submit {
  api: 'v1' | 'v2'
  upload: Upload
  targets: readonly CallbackTarget[]
  clientKey: string | null
}

export type SubmitAnswer =
  | { kind: 'taken'; job: ParseJob; id: 'told' | 'null' | 'missing' }
  /** The result itself, at once. */
  | { kind: 'answered'; job: ParseJob; outcome: ParseOutcome }
  | { kind: 'rate-limited'; retryAfterSec: number }
  | { kind: 'server-error'; status: number }
  | { kind: 'hang' }

export interface Workshop {
  submit(submit: Submit): Promise<SubmitAnswer>
}

export interface WorkshopOptions {
  attempts: Attempts
  book: JobBook
  deliverer: Deliverer
  dice: Dice
  extractor: Extractor
  faults: () => ParseFaults
  ledger: Ledger
  now: () => number
  /** How long the work itself takes, beside the extraction. */
  processing: Distribution
  spool: Spool
  striker: Striker
  tasks: Tasks
}

export function createWorkshop(options: WorkshopOptions): Workshop {
  const { attempts, book, deliverer, extractor, ledger, now, spool, striker, tasks } = options

  async function submit(request: Submit): Promise<SubmitAnswer> {
    const { file } = request.upload
    const faults = options.faults()
    const attempt = attempts.next(file.sha256)
    const luck = createLuck({ dice: options.dice, operation: 'parse', work: file.sha256, attempt })
    const early = refuse({ work: file.sha256, attempt, luck, faults })
    if (early) {
      note(request, attempt, null)
      await spool.remove(file.path)
      return early
    }
    const { api, targets } = request
    const { filename, sha256: work } = file
    const job = book.open({ api, work, attempt, filename, takenAtMs: now(), luck, faults, targets })
    note(request, attempt, job.id)
    const synchronous = striker.strikes(job, 'synchronous')
    tasks.run((signal) => carryOut(job, file.path, synchronous, signal))

    if (faults.serverError?.when === 'after' && striker.strikes(job, 'serverError')) {
      return { kind: 'server-error', status: faults.serverError.status }
    }
    if (faults.hang?.when === 'after' && striker.strikes(job, 'hang')) return { kind: 'hang' }
    if (synchronous) {
      await job.finished.opened
      // The gate also opens when the stand-in stops before the end.
      return job.outcome ? { kind: 'answered', job, outcome: job.outcome } : { kind: 'hang' }
    }
    if (targets.length > 0 && luck.strikes('early', faults.early)) await job.firstTried.opened
    if (faults.nullId?.where === 'answer' && striker.strikes(job, 'nullId')) return { kind: 'taken', job, id: 'null' }
    if (faults.missingId?.where === 'answer' && striker.strikes(job, 'missingId')) {
      return { kind: 'taken', job, id: 'missing' }
    }
    return { kind: 'taken', job, id: 'told' }
  }

  /** What can go wrong before the work is taken. */
  function refuse(struck: Struck): SubmitAnswer | null {
    const { faults } = struck
    if (striker.strikes(struck, 'rateLimited')) {
      return { kind: 'rate-limited', retryAfterSec: faults.rateLimited?.retryAfterSec ?? 0 }
    }
    if (faults.serverError?.when === 'before' && striker.strikes(struck, 'serverError')) {
      return { kind: 'server-error', status: faults.serverError.status }
    }
    if (faults.hang?.when === 'before' && striker.strikes(struck, 'hang')) return { kind: 'hang' }
    return null
  }

  function note(request: Submit, attempt: number, jobId: string | null): void {
    const { sha256: work, bytes, filename } = request.upload.file
    const { api, clientKey } = request
    ledger.record({ kind: 'submit', api, work, attempt, bytes, filename, clientKey, jobId })
  }

  async function carryOut(job: ParseJob, path: string, synchronous: boolean, signal: AbortSignal): Promise<void> {
    try {
      // A caller that is answered at once was never told that the work goes on.
      if (!synchronous) {
        for (const target of job.targets) tasks.run((running) => deliverer.announce(job, target, running))
      }
      const reading = await extractor.extract(job.work, path, signal)
      await spool.remove(path)
      await pause(processingMs(job), signal)
      job.outcome = striker.strikes(job, 'failure') ? failureOf(job.faults) : toOutcome(reading)
      const code = job.outcome.kind === 'failed' ? job.outcome.code : null
      const pages = job.outcome.kind === 'succeeded' ? job.outcome.pages.length : 0
      ledger.record({ kind: 'job-finished', jobId: job.id, outcome: job.outcome.kind, code, pages })
      job.finished.open()
      if (synchronous) return
      for (const target of job.targets) tasks.run((running) => deliverer.deliver(job, target, running))
    } finally {
      job.finished.open()
      if (job.outcome === null) job.firstTried.open()
    }
  }

  function processingMs(job: ParseJob): number {
    const roll = (question: string) => options.dice.roll('parse', question, `${job.work}#${job.attempt}`)
    return sampleMs(options.processing, [roll('processing'), roll('processing/second')])
  }

  return { submit }
}

function failureOf(faults: ParseFaults): ParseOutcome {
  const { code = 'INTERNAL_ERROR', message = 'The document could not be processed.' } = faults.failure ?? {}
  return { kind: 'failed', code, message }
}

// A rule between pages; with blank lines around it, or Markdown would take the last line of a page for a heading.
const PAGE_SEPARATOR = '\n\n---\n\n'

function toOutcome(reading: PdfReading): ParseOutcome {
  if (reading.kind === 'unreadable') return { kind: 'failed', code: reading.code, message: reading.message }
  const { pages } = reading
  // Pages without text leave no trace: a scan gives an empty result, not a result of rules.
  const md = pages.flatMap((page) => (page.md === '' ? [] : [page.md])).join(PAGE_SEPARATOR)
  const text = pages.flatMap((page) => (page.text === '' ? [] : [page.text])).join('\n\n')
  return { kind: 'succeeded', pages, md, text }
}
