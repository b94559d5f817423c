/** LlamaParse v1 on the wire: upload, status, results; also under the older paths without `/v1`. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Reach } from '../stage/reach.ts'
import { v1Pages } from './callback-body.ts'
import { faultOfCallbackUrl } from './callback-target.ts'
import type { Checks, Succeeded } from './checks.ts'
import type { ParseJob, ParseOutcome } from './job-book.ts'
import type { Spool } from './spool.ts'
import { answerRefusal, type SubmitNotes, shownId } from './submit-answer.ts'
import { clientKeyOf, readUpload } from './upload.ts'
import type { Workshop } from './workshop.ts'

const WORDS = { pending: 'PENDING', succeeded: 'SUCCESS', failed: 'ERROR' }

export interface RouteOptions {
  checks: Checks
  notes: SubmitNotes
  projectId: string
  reach: Reach
  spool: Spool
  workshop: Workshop
}

export function routeV1(app: FastifyInstance, options: RouteOptions): void {
  const { checks, notes, reach, spool, workshop } = options

  for (const base of ['/api/v1/parsing', '/api/parsing']) {
    app.post(`${base}/upload`, async (request, reply) => {
      const read = await readUpload(request, spool)
      if (read.kind === 'invalid') return reply.code(read.status).send({ detail: read.detail })
      const { upload } = read
      const url = upload.fields.webhook_url || undefined
      const fault = url === undefined ? null : faultOfCallbackUrl(url, reach)
      if (fault) {
        await spool.remove(upload.file.path)
        return reply.code(400).send({ detail: fault })
      }
      // v1 signs nothing and reports only the end.
      const target = (to: string) => ({ url: to, events: null, headers: {}, format: 'json' as const, secret: null })
      const clientKey = clientKeyOf(request, url)
      const answer = await workshop.submit({ api: 'v1', upload, targets: url ? [target(url)] : [], clientKey })
      notes.answered(upload.file.sha256, answer)
      if (answer.kind === 'answered') return reply.send(synchronousBody(answer.job, answer.outcome))
      if (answer.kind === 'taken') return reply.send({ ...shownId(answer), status: 'PENDING' })
      return answerRefusal(reply, answer)
    })

    app.get<{ Params: { id: string } }>(`${base}/job/:id`, async (request, reply) => {
      const job = checks.find(reply, request.params.id, 'status')
      if (!job) return reply
      const word = checks.wordOf(job, WORDS)
      const body = { id: job.id, status: word, ...failureFields(job.outcome) }
      return checks.answer(reply, job, { asked: 'status', word, body })
    })

    app.get<{ Params: { id: string; format: string } }>(`${base}/job/:id/result/:format`, async (request, reply) => {
      const { id, format } = request.params
      const job = checks.find(reply, id, 'result')
      return job ? answerResult(reply, job, format) : reply
    })
  }

  function answerResult(reply: FastifyReply, job: ParseJob, format: string): FastifyReply {
    const refuse = (status: number, detail: string) =>
      checks.answer(reply, job, { asked: 'result', status, word: null, body: { detail } })
    if (job.outcome === null) return refuse(400, 'Job not completed yet')
    if (job.outcome.kind === 'failed') return refuse(400, `Job failed: ${job.outcome.code}: ${job.outcome.message}`)
    const content = resultBody(job.outcome, format)
    if (!content) return refuse(404, `Unknown result type ${format}`)
    const body = { ...content, job_metadata: { job_pages: job.outcome.pages.length } }
    return checks.answer(reply, job, { asked: 'result', word: null, body })
  }
}

function resultBody(outcome: Succeeded, format: string): Record<string, unknown> | null {
  if (format === 'markdown') return { markdown: outcome.md }
  if (format === 'text') return { text: outcome.text }
  if (format === 'json') return { pages: v1Pages(outcome) }
  return null
}

function failureFields(outcome: ParseOutcome | null): Record<string, unknown> {
  return outcome?.kind === 'failed' ? { error_code: outcome.code, error_message: outcome.message } : {}
}

/** The real provider has no such answer; it is what a caller meets that waits for "202" and gets the end. */
function synchronousBody(job: ParseJob, outcome: ParseOutcome): Record<string, unknown> {
  if (outcome.kind === 'failed') return { id: job.id, status: 'ERROR', ...failureFields(outcome) }
  const { text: txt, md } = outcome
  return { id: job.id, status: 'SUCCESS', txt, md, json: v1Pages(outcome), images: [] }
}
