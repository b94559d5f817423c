/** Takes submits, does the work, stores its outputs, and has its callbacks sent. The routes put its answers on the wire. */
import { createHash } from 'node:crypto'
import type { Attempts } from '../faults/attempts.ts'
import type { Dice } from '../faults/dice.ts'
import { type Distribution, sampleMs } from '../faults/distribution.ts'
import type { RenderFaults } from '../faults/faults.ts'
import { createLuck } from '../faults/luck.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Reach } from '../stage/reach.ts'
import { pause, type Tasks } from '../stage/tasks.ts'
import type { Objects } from '../storage/objects.ts'
import type { Deliverer } from './deliver.ts'
import { gatherInputs, type InputMode } from './inputs.ts'
import type { JobBook, RenderJob, RenderOutcome } from './job-book.ts'
import { inputsOf, type Recipe, type RenderBody } from './recipes.ts'
import { type Renderer, transcriptOf } from './renderer.ts'
import type { Striker, Struck } from './striker.ts'

interface Submit {
  recipe: Recipe
  body: RenderBody
  bytes: number
}

export type SubmitAnswer =
  | { kind: 'taken'; job: RenderJob; id: 'told' | 'null' }
  | { kind: 'cloud-run'; job: RenderJob }
  /** The result itself, at once. */
  | { kind: 'answered'; job: RenderJob; outcome: RenderOutcome }
  | { kind: 'queue-full'; length: number }
  | { kind: 'server-error'; status: number }
  | { kind: 'hang' }

export interface Workshop {
  /** `work`: SHA-256 of what is to be made. */
  submit(submit: Submit): Promise<{ work: string; answer: SubmitAnswer }>
  /** What is under way or waits will never be done. */
  forgetQueue(): void
}

export interface WorkshopOptions {
  attempts: Attempts
  book: JobBook
  deliverer: Deliverer
  dice: Dice
  faults: () => RenderFaults
  ledger: Ledger
  now: () => number
  inputs: InputMode
  objects: Objects
  /** How long the work takes. */
  processing: Distribution
  /** From where inputs may be fetched. */
  reach: Reach
  renderer: Renderer
  striker: Striker
  tasks: Tasks
  /** Where a file of that name is read. */
  urlOf(name: string): string
}

export function createWorkshop(options: WorkshopOptions): Workshop {
  const { attempts, book, deliverer, ledger, now, objects, renderer, striker, tasks } = options

  async function take(request: Submit, work: string): Promise<SubmitAnswer> {
    const { recipe, body } = request
    const faults = options.faults()
    const attempt = attempts.next(work)
    const luck = createLuck({ dice: options.dice, operation: 'render', work, attempt })
    const early = refuse({ work, attempt, luck, faults })
    if (early) {
      note(request, work, attempt, null)
      return early
    }
    const job = book.open({ recipe, body, work, attempt, takenAtMs: now(), luck, faults })
    note(request, work, attempt, job.id)
    if (job.containerId !== null) striker.note(job, 'cloudRun')
    // Without the key the call waits for its end; with it, even empty, the work is queued.
    const isSynchronous = body.webhook_url === undefined || striker.strikes(job, 'synchronous')
    tasks.run((signal) => carryOut(job, isSynchronous, signal))

    if (faults.serverError?.when === 'after' && striker.strikes(job, 'serverError')) {
      return { kind: 'server-error', status: faults.serverError.status }
    }
    if (faults.hang?.when === 'after' && striker.strikes(job, 'hang')) return { kind: 'hang' }
    if (isSynchronous) {
      await job.finished.opened
      // The gate also opens when the work is forgotten, or the stand-in stops: nobody is left to answer.
      return job.outcome ? { kind: 'answered', job, outcome: job.outcome } : { kind: 'hang' }
    }
    if (body.webhook_url !== '' && luck.strikes('early', faults.early)) await job.firstTried.opened
    if (job.containerId !== null) return { kind: 'cloud-run', job }
    if (faults.missingId?.where === 'answer' && striker.strikes(job, 'missingId')) {
      return { kind: 'taken', job, id: 'null' }
    }
    return { kind: 'taken', job, id: 'told' }
  }

  /** What can go wrong before the work is taken. */
  function refuse(struck: Struck): SubmitAnswer | null {
    const { faults } = struck
    if (striker.strikes(struck, 'queueFull')) return { kind: 'queue-full', length: faults.queueFull?.length ?? 0 }
    if (faults.serverError?.when === 'before' && striker.strikes(struck, 'serverError')) {
      return { kind: 'server-error', status: faults.serverError.status }
    }
    if (faults.hang?.when === 'before' && striker.strikes(struck, 'hang')) return { kind: 'hang' }
    return null
  }

  function note({ recipe, body, bytes }: Submit, work: string, attempt: number, jobId: string | null): void {
    const clientKey = body.id ?? null
    ledger.record({ kind: 'submit', api: 'nca', work, attempt, bytes, filename: recipe.path, clientKey, jobId })
  }

  async function carryOut(job: RenderJob, isSynchronous: boolean, signal: AbortSignal): Promise<void> {
    try {
      job.standing = 'running'
      if (striker.strikes(job, 'restart')) forget(job)
      if (!job.isForgotten) await pause(processingMs(job), signal)
      if (job.isForgotten) return
      const outcome = striker.strikes(job, 'failure') ? failureOf(job.faults) : await produce(job, signal)
      // Between the two, the toolkit may have been restarted.
      if (job.isForgotten) return
      job.outcome = outcome
      job.standing = 'done'
      job.finishedAtMs = now()
      const code = outcome.kind === 'failed' ? String(outcome.code) : null
      ledger.record({ kind: 'job-finished', jobId: job.id, outcome: outcome.kind, code, pages: 0 })
      job.finished.open()
      const { webhook_url: url = '' } = job.body
      if (!isSynchronous && url !== '') {
        tasks.run((running) => deliverer.deliver(job, url, outcome, running))
      } else {
        job.firstTried.open()
      }
    } finally {
      job.finished.open()
      if (job.outcome === null) job.firstTried.open()
    }
  }

  async function produce(job: RenderJob, signal: AbortSignal): Promise<RenderOutcome> {
    const gathered = await gather(job, signal)
    if (gathered.kind === 'failed') return { kind: 'failed', code: 500, message: gathered.message, asObject: false }
    const names = job.recipe.outputsOf(job.body, job.containerId ?? job.id)
    const hasCaption = job.recipe.path === '/v1/video/caption'
    for (const name of names) {
      const order = { name, work: job.work, inputs: gathered.inputs, hasCaption }
      const { bytes, contentType } = await renderer.render(order, signal)
      if (striker.strikes(job, 'outputMissing')) continue
      const late = striker.strikes(job, 'outputLate') ? job.luck.ms('outputLate/by', job.faults.outputLate?.by) : 0
      objects.put(name, striker.strikes(job, 'outputEmpty') ? Buffer.alloc(0) : bytes, contentType, late)
    }
    const isInline = job.recipe.shape === 'transcript' && names.length === 0
    return { kind: 'succeeded', urls: names.map(options.urlOf), transcript: isInline ? transcriptOf(job.work) : null }
  }

  /** Where nobody looks at them, none are fetched. */
  async function gather(job: RenderJob, signal: AbortSignal): ReturnType<typeof gatherInputs> {
    const { inputs: mode, reach } = options
    const isNeeded = mode === 'required' || renderer.usesInputs
    return gatherInputs(isNeeded ? inputsOf(job.body) : [], { mode, reach, signal })
  }

  function forget(job: RenderJob): void {
    job.isForgotten = true
    ledger.record({ kind: 'job-forgotten', jobId: job.id })
  }

  function processingMs(job: RenderJob): number {
    const roll = (question: string) => options.dice.roll('render', question, `${job.work}#${job.attempt}`)
    return sampleMs(options.processing, [roll('processing'), roll('processing/second')])
  }

  return {
    async submit(request) {
      const work = workOf(request.recipe, request.body)
      return { work, answer: await take(request, work) }
    },
    forgetQueue() {
      for (const job of book.all()) if (job.standing !== 'done' && !job.isForgotten) forget(job)
    },
  }
}

/** What is to be made, whoever asks for it and wherever it is to be told. */
function workOf({ path }: Recipe, { id: _, webhook_url: __, ...body }: RenderBody): string {
  return createHash('sha256')
    .update(JSON.stringify([path, body]))
    .digest('hex')
}

function failureOf(faults: RenderFaults): RenderOutcome {
  const { code = 500, message = 'FFmpeg ended with an error.', asObject = false } = faults.failure ?? {}
  return { kind: 'failed', code, message, asObject }
}
