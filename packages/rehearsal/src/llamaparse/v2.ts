/** LlamaParse v2 on the wire: a file with a configuration, or the id of one, and the job with what `expand` asks for. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Reach } from '../stage/reach.ts'
import { type CallbackTarget, faultOfCallbackUrl } from './callback-target.ts'
import type { FileShelf } from './files.ts'
import type { ParseJob, ParseOutcome } from './job-book.ts'
import { answerRefusal, shownId } from './submit-answer.ts'
import { clientKeyOf, readUpload, type Upload } from './upload.ts'
import type { RouteOptions } from './v1.ts'

const WORDS = { pending: 'RUNNING', succeeded: 'COMPLETED', failed: 'FAILED' }

const webhookSchema = z.looseObject({
  webhook_url: z.string().min(1),
  webhook_events: z.array(z.string()).nullish(),
  webhook_headers: z.record(z.string(), z.string()).nullish(),
  webhook_output_format: z.enum(['string', 'json']).nullish(),
  webhook_signing_secret: z.string().nullish(),
})

const configurationSchema = z.looseObject({
  file_id: z.string().nullish(),
  source_url: z.string().nullish(),
  tier: z.enum(['fast', 'cost_effective', 'agentic', 'agentic_plus']),
  version: z.string().min(1),
  webhook_configurations: z.array(webhookSchema).nullish(),
})

export function routeV2(app: FastifyInstance, options: RouteOptions & { shelf: FileShelf }): void {
  const { checks, notes, projectId, reach, shelf, spool, workshop } = options

  app.post('/api/v2/parse/upload', async (request, reply) => {
    const read = await readUpload(request, spool)
    if (read.kind === 'invalid') return reply.code(read.status).send({ detail: read.detail })
    const { upload } = read
    const wanted = readConfiguration(jsonIn(upload.fields.configuration), reach)
    if (wanted.kind === 'invalid') {
      await spool.remove(upload.file.path)
      return reply.code(422).send({ detail: wanted.detail })
    }
    return take(request, reply, upload, wanted.targets)
  })

  app.post('/api/v2/parse', async (request, reply) => {
    const wanted = readConfiguration(request.body, reach)
    if (wanted.kind === 'invalid') return reply.code(422).send({ detail: wanted.detail })
    // The stand-in fetches nothing from anywhere.
    if (wanted.fileId === null)
      return reply.code(422).send({ detail: 'file_id is required; source_url is not rehearsed' })
    const file = await shelf.take(wanted.fileId)
    if (file === null) return reply.code(404).send({ detail: `File ${wanted.fileId} not found` })
    return take(request, reply, { file, fields: {} }, wanted.targets)
  })

  async function take(request: FastifyRequest, reply: FastifyReply, upload: Upload, targets: CallbackTarget[]) {
    const clientKey = clientKeyOf(request, targets[0]?.url)
    const answer = await workshop.submit({ api: 'v2', upload, targets, clientKey })
    notes.answered(upload.file.sha256, answer)
    if (answer.kind === 'answered') {
      const { job, outcome } = answer
      const word = outcome.kind === 'failed' ? WORDS.failed : WORDS.succeeded
      const fields = jobFields(job, word, projectId)
      return reply.send({ ...fields, job: fields, ...contentOf(outcome, ALL_CONTENT) })
    }
    if (answer.kind === 'taken') {
      const { id: _, ...fields } = jobFields(answer.job, 'PENDING', projectId)
      return reply.send({ ...shownId(answer), ...fields })
    }
    return answerRefusal(reply, answer)
  }

  app.get<{ Querystring: { job_ids?: string | string[]; page_size?: string } }>(
    '/api/v2/parse',
    async (request, reply) => {
      const ids = [request.query.job_ids ?? []].flat()
      // Without ids it lists all of the project, page by page: nobody here asks that.
      if (ids.length === 0) return reply.code(422).send({ detail: 'only lists by job_ids are rehearsed' })
      return checks.answerAll(reply, ids, (job) => jobFields(job, checks.wordOf(job, WORDS), projectId))
    },
  )

  app.get<{ Params: { id: string }; Querystring: { expand?: string | string[] } }>(
    '/api/v2/parse/:id',
    async (request, reply) => {
      // Lists come as one value with commas or as several values.
      const expand = [request.query.expand ?? []].flat().flatMap((part) => part.split(','))
      const asked = expand.length > 0 ? 'result' : 'status'
      const job = checks.find(reply, request.params.id, asked)
      if (!job) return reply
      const word = checks.wordOf(job, WORDS)
      const content = job.outcome ? contentOf(job.outcome, expand) : {}
      return checks.answer(reply, job, { asked, word, body: { job: jobFields(job, word, projectId), ...content } })
    },
  )
}

/** Undefined for what is none: the schema says what was expected. */
function jsonIn(configuration: string | undefined): unknown {
  try {
    return configuration === undefined ? undefined : JSON.parse(configuration)
  } catch {
    return undefined
  }
}

function readConfiguration(
  configuration: unknown,
  reach: Reach,
): { kind: 'read'; targets: CallbackTarget[]; fileId: string | null } | { kind: 'invalid'; detail: string } {
  const parsed = configurationSchema.safeParse(configuration)
  if (!parsed.success) {
    const said = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'configuration'}: ${message}`)
    return { kind: 'invalid', detail: said.join('; ') }
  }
  const targets = (parsed.data.webhook_configurations ?? []).map((webhook) => ({
    url: webhook.webhook_url,
    events: webhook.webhook_events ?? null,
    headers: webhook.webhook_headers ?? {},
    format: webhook.webhook_output_format ?? ('string' as const),
    secret: webhook.webhook_signing_secret ?? null,
  }))
  for (const { url } of targets) {
    const fault = faultOfCallbackUrl(url, reach)
    if (fault) return { kind: 'invalid', detail: fault }
  }
  return { kind: 'read', targets, fileId: parsed.data.file_id ?? null }
}

function jobFields(job: ParseJob, status: string, projectId: string) {
  const failed = job.outcome?.kind === 'failed' && status !== 'PENDING' ? job.outcome : null
  return {
    id: job.id,
    project_id: projectId,
    name: job.filename,
    created_at: new Date(job.takenAtMs).toISOString(),
    status,
    error_message: failed ? `${failed.code}: ${failed.message}` : null,
  }
}

const ALL_CONTENT = ['markdown', 'markdown_full', 'text', 'text_full', 'items', 'result_content_metadata']

function contentOf(outcome: ParseOutcome, expand: readonly string[]): Record<string, unknown> {
  if (outcome.kind === 'failed') return {}
  const { pages, md, text } = outcome
  const per = <Page>(toPage: (page: (typeof pages)[number]) => Page) => ({ pages: pages.map(toPage) })
  const writers: Record<string, () => unknown> = {
    markdown: () => per((page) => ({ page_number: page.page, markdown: page.md, success: true })),
    markdown_full: () => md,
    text: () => per((page) => ({ page_number: page.page, text: page.text })),
    text_full: () => text,
    items: () => per((page) => ({ page_number: page.page, items: [], success: true })),
    result_content_metadata: () => ({
      markdown: { exists: true, size_bytes: Buffer.byteLength(md), presigned_url: null },
      text: { exists: true, size_bytes: Buffer.byteLength(text), presigned_url: null },
    }),
  }
  return Object.fromEntries(expand.flatMap((name) => (writers[name] ? [[name, writers[name]()]] : [])))
}
