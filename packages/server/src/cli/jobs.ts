/** `becket jobs`: what the pipelines are doing. */
import { resolve } from 'node:path'
import { type Job, type JobSummary, jobQuerySchema } from '@becket/client'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { UsageError } from './failure.ts'
import { type Output, stateCell } from './output.ts'
import { NONE_ON_THIS_PAGE, readFilter, type Session, sayMore } from './remote.ts'
import { timelineLines } from './timeline.ts'

export async function listJobs(session: Session, flags: Record<string, unknown>): Promise<ExitCode> {
  const page = await session.becket.jobs.list(readFilter(jobQuerySchema, flags))
  session.show(page, () => {
    const { output } = session
    if (page.items.length === 0) {
      output.line(
        page.nextCursor === null
          ? 'No such jobs. Start one: becket documents upload FILE.pdf, or becket jobs create'
          : NONE_ON_THIS_PAGE,
      )
      sayMore(session, page.nextCursor)
      return
    }
    output.table(
      ['job', 'pipeline', 'stage', 'state', 'progress', 'moved', 'error'],
      page.items.map((job) => [
        job.id,
        job.pipeline,
        job.status ?? job.stage,
        stateCell(job.state),
        `${Math.round(job.progress)} %`,
        output.when(job.updatedAt),
        job.error?.code ?? null,
      ]),
    )
    sayMore(session, page.nextCursor)
  })
  return exitCodes.ok
}

export interface NewJobFlags {
  pipeline: string
  key: string
  input: string
  deliverTo?: string
}

export async function createJob(session: Session, flags: NewJobFlags): Promise<ExitCode> {
  const { pipeline, key, deliverTo } = flags
  const input = await readInput(session, flags.input)
  const sinks = deliverTo === undefined ? {} : { deliverTo: deliverTo.split(',') }
  const job = await session.becket.jobs.create({ pipeline, key, input, ...sinks })
  session.show(job, () => session.output.line(`${job.id} is ${job.status ?? job.state}; becket jobs wait ${job.id}`))
  return exitCodes.ok
}

async function readInput({ io }: Session, file: string): Promise<unknown> {
  const isStandard = file === '-'
  const bytes = await io.readFile(isStandard ? '/dev/stdin' : resolve(io.cwd, file))
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    const where = isStandard ? 'the standard input' : file
    const what = error instanceof Error ? error.message : String(error)
    throw new UsageError(`--input: ${where} is not JSON`, `Mend it: ${what}.`)
  }
}

export async function showJob(session: Session, id: string): Promise<ExitCode> {
  const job = await session.becket.jobs.get(id)
  session.show(job, () => printJob(session.output, job))
  return exitCodes.ok
}

export async function retryJob(session: Session, id: string): Promise<ExitCode> {
  const job = await session.becket.jobs.retry(id)
  session.show(job, () => session.output.line(`${job.id} is ${job.state} again; becket jobs wait ${job.id}`))
  return exitCodes.ok
}

export async function cancelJob(session: Session, id: string, flags: { reason: string }): Promise<ExitCode> {
  const job = await session.becket.jobs.cancel(id, { reason: flags.reason })
  session.show(job, () => session.output.line(`${job.id} is ${job.state}`))
  return exitCodes.ok
}

/** 0 only when it is done: a script can go on by it. */
export async function waitForJob(session: Session, id: string, flags: { timeout?: string }): Promise<ExitCode> {
  const job = await session.becket.jobs.wait(id, flags.timeout === undefined ? {} : { timeout: flags.timeout })
  session.show(job, () => printJob(session.output, job))
  return job.state === 'done' ? exitCodes.ok : exitCodes.failed
}

function printJob(output: Output, job: Job): void {
  output.facts([
    ['job', job.id],
    ['pipeline', job.pipeline],
    ['key', job.key],
    ['state', stateCell(job.state)],
    ['status', stateCell(job.status)],
    ['stage', job.stage],
    ['attempt', String(job.attempt)],
    ['progress', `${Math.round(job.progress)} %`],
    ['made', output.when(job.createdAt)],
    ['ended', output.when(job.finishedAt)],
    ['dropped', job.prunedAt && `its input and output, ${output.when(job.prunedAt)}`],
    ['kept since', output.when(job.timelineSince)],
    ['expectation', job.expectationId],
    ['requests', `becket requests list --subject ${job.id}`],
  ])
  printError(output, job)
  if (job.timeline.length === 0) return
  output.line()
  for (const line of timelineLines(job.timeline, job.id, output)) output.line(line)
}

function printError(output: Output, { error, state, id }: JobSummary): void {
  if (error === null) return
  output.line()
  output.facts([
    ['error', { text: `${error.code}: ${error.title}`, tone: 'bad' }],
    ['', error.message],
    ['hint', error.hint],
    ['support id', error.supportId],
  ])
  if (state === 'deadletter') output.line(`Try it again: becket jobs retry ${id}`)
}
