/** The toolkit on the wire: the routes that take work, and those that tell how it stands. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import type { RenderFaults } from '../faults/faults.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { faultOfAddress, type Reach } from '../stage/reach.ts'
import { acceptedBody, cloudRunBody, finalBody, queueFullBody, recordBody, statusBody, UNGARBLED } from './envelope.ts'
import type { JobBook, RenderJob } from './job-book.ts'
import { recipes } from './recipes.ts'
import type { Striker } from './striker.ts'
import type { SubmitAnswer, Workshop } from './workshop.ts'

export interface RouteOptions {
  book: JobBook
  faults: () => RenderFaults
  ledger: Ledger
  now: () => number
  reach: Reach
  striker: Striker
  workshop: Workshop
}

const STATUS = '/v1/toolkit/job/status'
const STATUSES = '/v1/toolkit/jobs/status'
const AUTHENTICATE = '/v1/toolkit/authenticate'

const question = z.strictObject({ job_id: z.string(), id: z.string().optional() })
const manyQuestion = z.strictObject({ since_seconds: z.number().positive().default(600), id: z.string().optional() })

export function routeWork(app: FastifyInstance, { ledger, reach, workshop }: RouteOptions): void {
  for (const recipe of recipes) {
    app.post(recipe.path, async (request, reply) => {
      const parsed = recipe.body.safeParse(request.body)
      // Before the queue, so that there is no job yet.
      if (!parsed.success) return reply.code(400).send({ message: `Invalid payload: ${faultsOf(parsed.error)}` })
      const { webhook_url: url = '' } = parsed.data
      const fault = url === '' ? null : faultOfAddress(url, reach, 'webhook_url')
      if (fault !== null) return reply.code(400).send({ message: `Invalid payload: ${fault}` })
      const bytes = Number(request.headers['content-length'] ?? 0)
      const { work, answer } = await workshop.submit({ recipe, body: parsed.data, bytes })
      const jobId = 'job' in answer ? answer.job.id : null
      ledger.record({ kind: 'submit-answer', work, jobId, status: statusOf(answer) })
      return sendAnswer(reply, answer, parsed.data.id ?? null)
    })
  }
}

export function routeStatus(app: FastifyInstance, options: RouteOptions): void {
  const { book, faults, ledger, now, striker } = options

  app.post(STATUS, async (request, reply) => {
    const parsed = question.safeParse(request.body)
    if (!parsed.success) return reply.code(400).send({ message: `Invalid payload: ${faultsOf(parsed.error)}` })
    const { job_id: jobId } = parsed.data
    const asked = { kind: 'check' as const, jobId, asked: 'status' as const }
    const job = book.find(jobId)
    const fault = job === undefined ? 404 : statusWhileDown(job)
    if (job === undefined || fault !== null) {
      const status = fault ?? 404
      ledger.record({ ...asked, status, word: null })
      const message = status === 404 ? { error: 'Job not found', job_id: jobId } : 'The status could not be read.'
      return reply.code(status).send(statusBody(STATUS, status, null, message))
    }
    const record = recordBody(job)
    ledger.record({ ...asked, status: 200, word: String(record.job_status) })
    // Only what has left counts as read: a callback "after the check" must not overtake its answer.
    if (record.response !== null) reply.raw.once('finish', () => job.readAsDone.open())
    return reply.send(statusBody(STATUS, 200, record))
  })

  app.post(STATUSES, async (request, reply) => {
    const parsed = manyQuestion.safeParse(request.body ?? {})
    if (!parsed.success) return reply.code(400).send({ message: `Invalid payload: ${faultsOf(parsed.error)}` })
    const since = now() - parsed.data.since_seconds * 1000
    const recent = book.all().filter((job) => job.takenAtMs >= since)
    const down = recent.map(statusWhileDown).find((status) => status !== null)
    if (down != null) return reply.code(down).send(statusBody(STATUSES, down, null, 'The status could not be read.'))
    return reply.send(
      statusBody(STATUSES, 200, Object.fromEntries(recent.map((job) => [job.id, recordBody(job).job_status]))),
    )
  })

  app.get(AUTHENTICATE, async (_request, reply) => reply.send(statusBody(AUTHENTICATE, 200, 'Authorized')))

  /** By the faults of now, not of the submit: an outage hits old jobs too. */
  function statusWhileDown(job: RenderJob): number | null {
    const down = faults().statusDown
    if (!down) return null
    job.checks++
    if (down.checks !== undefined && job.checks > down.checks) return null
    if (down.forMs !== undefined && now() - job.takenAtMs >= down.forMs) return null
    return striker.strikes({ ...job, faults: faults() }, 'statusDown') ? down.status : null
  }
}

function sendAnswer(reply: FastifyReply, answer: SubmitAnswer, clientId: string | null): FastifyReply {
  switch (answer.kind) {
    case 'taken':
      return reply.code(202).send(acceptedBody(answer.job, answer.id))
    case 'cloud-run':
      return reply.code(200).send(cloudRunBody(answer.job))
    case 'answered':
      return reply.code(statusOf(answer) ?? 200).send(finalBody(answer.job, answer.outcome, UNGARBLED))
    case 'queue-full':
      return reply.code(429).send(queueFullBody(clientId, answer.length))
    case 'server-error':
      // What speaks here is a gateway, not the toolkit.
      return reply.code(answer.status).type('text/html').send('<html><body>Server Error</body></html>')
    case 'hang':
      // The connection stays open until the caller gives up, or `stop` closes it.
      return reply.hijack()
    default:
      throw answer satisfies never
  }
}

/** Null: it is never answered. */
function statusOf(answer: SubmitAnswer): number | null {
  switch (answer.kind) {
    case 'taken':
      return 202
    case 'cloud-run':
      return 200
    case 'answered':
      return answer.outcome.kind === 'failed' ? answer.outcome.code : 200
    case 'queue-full':
      return 429
    case 'server-error':
      return answer.status
    case 'hang':
      return null
    default:
      throw answer satisfies never
  }
}

function faultsOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`).join('; ')
}
