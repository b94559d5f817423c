/** A server that answers as the contract says, with what a test puts there; and answers to begin with. */
import type { Callback, Document, Expectation, Health, Job, Problem } from '@becket/client'
import Fastify from 'fastify'
import { onTestFinished } from 'vitest'

export interface Asked {
  method: string
  path: string
  query: unknown
  body: unknown
  authorization: string | undefined
}

export interface FakeServer {
  url: string
  asked: Asked[]
}

/** `answers`: by `GET /v1/jobs`; a problem's status is its own. */
export async function createFakeServer(answers: Record<string, unknown>): Promise<FakeServer> {
  const server = Fastify()
  const asked: Asked[] = []
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  server.all('/*', (request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    asked.push({
      method: request.method,
      path,
      query: request.query,
      body: request.body,
      authorization: request.headers.authorization,
    })
    const answer = answers[`${request.method} ${path}`] ?? problem('NOT_FOUND', 404)
    const isProblem = typeof answer === 'object' && answer !== null && 'code' in answer && 'status' in answer
    return reply.code(isProblem ? Number(answer.status) : 200).send(answer)
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  onTestFinished(() => server.close())
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('the fake server does not listen')
  return { url: `http://127.0.0.1:${address.port}`, asked }
}

export function problem(code: string, status: number): Problem {
  return {
    type: `urn:becket:error:${code}`,
    title: `Title of ${code}`,
    status,
    detail: `Detail of ${code}`,
    code,
    hint: `Hint of ${code}`,
    requestId: 'req-1',
    retryable: false,
  }
}

const at = (time: string) => `2030-01-01T${time}Z`

export const job: Job = {
  id: 'job_01h455vb4pex5vsknk084sn02q',
  pipeline: 'document',
  key: 'doc_1',
  stage: 'parse',
  state: 'deadletter',
  status: 'failed_parse',
  attempt: 2,
  progress: 25,
  createdAt: at('11:00:00'),
  updatedAt: at('11:57:00'),
  finishedAt: at('11:57:00'),
  prunedAt: null,
  output: null,
  error: {
    code: 'PARSE_EMPTY',
    title: 'No text was found in the document',
    message: 'The parser answered without text',
    supportId: 'sup-1',
    hint: 'A scanned document needs text recognition first.',
    retryable: false,
  },
  expectationId: 'exp_1',
  timeline: [
    {
      id: 'evt_1',
      at: at('11:00:00'),
      type: 'job.created',
      severity: 'info',
      data: {},
      subject: 'job_01h455vb4pex5vsknk084sn02q',
    },
    {
      id: 'evt_2',
      at: at('11:00:01.500'),
      type: 'expectation.submitted',
      severity: 'info',
      data: { externalId: 'x 1', tookMs: 20 },
      subject: 'exp_1',
    },
    {
      id: 'evt_3',
      at: at('11:57:00'),
      type: 'job.failed',
      severity: 'error',
      data: { code: 'PARSE_EMPTY', more: { a: 1 } },
      subject: 'job_01h455vb4pex5vsknk084sn02q',
    },
  ],
  timelineSince: null,
}

export const expectation: Expectation = {
  id: 'exp_1',
  source: 'llamaparse',
  operation: 'parse',
  key: 'doc_1',
  attempt: 1,
  state: 'waiting',
  externalId: 'x-1',
  callbackUrl: null,
  jobId: job.id,
  registeredAt: at('11:00:00'),
  submittedAt: at('11:00:01'),
  expectBy: at('11:05:00'),
  deadline: at('18:00:00'),
  checks: 3,
  nextCheckAt: at('12:02:00'),
  nextCheckWhy: 'asked every 2 min',
  settledAt: null,
  settledBy: null,
  prunedAt: null,
  outcome: null,
  error: null,
  evidenceSince: null,
  evidence: [
    {
      id: 'evd_1',
      origin: 'check',
      verdict: 'pending',
      relation: 'inconclusive',
      observedAt: at('11:59:00'),
      providerTime: null,
      callbackId: null,
      detail: { status: 'PENDING' },
    },
  ],
}

export const callback: Callback = {
  id: 'cb_1',
  source: 'llamaparse',
  receivedAt: at('11:59:00'),
  method: 'POST',
  url: '/in/llamaparse',
  headers: [['content-type', 'application/json']],
  bodyBytes: 12,
  body: '{"id":"x-1"}\u001b[2J',
  encoding: 'utf8',
  verdict: 'refused',
  verdictReason: 'no signature',
  fate: 'refused',
  fateReason: null,
  adapter: null,
  expectationId: null,
  duplicateOf: null,
}

export const document: Document = {
  id: 'doc_1',
  owner: 'default',
  filename: 'a.pdf',
  mime: 'application/pdf',
  bytes: 5,
  sha256: 'a'.repeat(64),
  state: 'finalized',
  status: 'uploaded',
  jobId: job.id,
  duplicateOf: null,
  upload: null,
  createdAt: at('11:59:00'),
  finalizedAt: at('11:59:01'),
}

const role = { status: 'healthy' as const, instances: 1 }

export const health: Health = {
  status: 'partial',
  environment: 'development',
  release: '0.1.0',
  roles: { intake: role, api: role, worker: { status: 'down', instances: 0 } },
  instances: [],
  database: { status: 'healthy', tookMs: 1, reason: null },
  lanes: [{ lane: 'job', due: 7, oldestDueMs: 90_000 }],
  breakers: [
    {
      name: 'storage',
      state: 'open',
      failures: 5,
      openedAt: at('11:59:00'),
      retryAt: at('12:00:30'),
      reason: 'unavailable',
      openedCount: 1,
    },
  ],
  paused: [],
  steps: [],
  retention: null,
  spool: null,
  open: { expectations: {}, jobs: {}, callbacks: {} },
}
