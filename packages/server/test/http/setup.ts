/** An HTTP face over services that live in memory, on a real port where asked. Each test builds its own. */
import type { Breaker, Document, Expectation, Job } from '@becket/client/contract'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../../src/core/error.ts'
import { createHttp, type HttpLimits, type HttpOptions } from '../../src/http/http.ts'
import type { IntakeAnswer, IntakeRequest } from '../../src/intake/receive.ts'
import { silentLog } from '../../src/observe/log.ts'
import type { Principal, Wait } from '../../src/services/principal.ts'
import type { Services } from '../../src/services/services.ts'
import { wholeOf } from '../../src/storage/content.ts'
import { runningServices } from './running-services.ts'

const at = '2026-01-01T00:00:00.000Z'

export const limits: HttpLimits = {
  maxCallbackBytes: 64 * 1024,
  maxRequestBytes: 32 * 1024,
  maxDocumentBytes: 256 * 1024,
  maxHeaderBytes: 8 * 1024,
  headersTimeoutMs: 5_000,
  requestTimeoutMs: 5_000,
  uploadTimeoutMs: 5_000,
}

const principals: Record<string, Principal> = {
  'app-key': { keyId: 'key_app', name: 'app', role: 'app' },
  'viewer-key': { keyId: 'key_viewer', name: 'viewer', role: 'viewer' },
  'operator-key': { keyId: 'key_operator', name: 'operator', role: 'operator' },
  'admin-key': { keyId: 'key_admin', name: 'admin', role: 'admin' },
}

export function as(role: Principal['role']) {
  return { authorization: `Bearer ${role}-key` }
}

export function expectation(facts: Partial<Expectation> = {}): Expectation {
  return {
    id: 'exp_1',
    source: 'orders',
    operation: 'place',
    key: 'k',
    attempt: 1,
    state: 'registered',
    externalId: null,
    callbackUrl: 'http://localhost/in/orders/t/token',
    jobId: null,
    registeredAt: at,
    submittedAt: null,
    expectBy: at,
    deadline: at,
    checks: 0,
    nextCheckAt: null,
    nextCheckWhy: null,
    settledAt: null,
    settledBy: null,
    prunedAt: null,
    outcome: null,
    error: null,
    evidence: [],
    evidenceSince: null,
    ...facts,
  }
}

const job: Job = {
  id: 'job_1',
  pipeline: 'document',
  key: 'doc_1',
  stage: 'parse',
  state: 'working',
  status: 'parse_queued',
  attempt: 1,
  progress: 20,
  createdAt: at,
  updatedAt: at,
  finishedAt: null,
  prunedAt: null,
  output: null,
  error: null,
  expectationId: null,
  timeline: [],
  timelineSince: null,
}

const breaker: Breaker = {
  name: 'source:orders',
  state: 'closed',
  failures: 0,
  openedCount: 0,
  openedAt: null,
  retryAt: null,
  reason: null,
}

function documentOf(facts: Partial<Document> = {}): Document {
  return {
    id: 'doc_1',
    owner: 'default',
    filename: 'a.pdf',
    mime: 'application/pdf',
    bytes: 3,
    sha256: 'f'.repeat(64),
    state: 'registered',
    status: null,
    jobId: null,
    duplicateOf: null,
    upload: null,
    createdAt: at,
    finalizedAt: null,
    ...facts,
  }
}

/** Expectations behave; everything else answers from one example. `doings` is what was done, by whom. */
export function memoryServices() {
  const expectations = new Map<string, Expectation>()
  const waits: Wait[] = []
  const doings: unknown[][] = []
  const uploaded: Buffer[] = []
  let sayBroken: (error: unknown) => void = () => {}
  /** What the first content that did not come whole broke with. */
  const broken = new Promise<unknown>((resolve) => {
    sayBroken = resolve
  })
  let onWait = (_wait: Wait) => {}

  const change = (id: string, facts: Partial<Expectation>, ...doing: unknown[]) => {
    const known = expectations.get(id)
    if (known === undefined) return null
    doings.push(doing)
    const changed = { ...known, ...facts }
    expectations.set(id, changed)
    return changed
  }
  const services: Services = {
    expectations: {
      async register(request, by) {
        doings.push(['register', request, by.keyId])
        const same = [...expectations.values()].find(({ key }) => key === request.key)
        if (same !== undefined && same.operation !== request.operation) {
          throw new AppError('KEY_REUSED', `Key ${request.key} was used for ${same.operation}`)
        }
        const fresh = expectation({
          id: `exp_${expectations.size + 1}`,
          key: request.key,
          operation: request.operation,
        })
        if (same === undefined) expectations.set(fresh.id, fresh)
        return { expectation: same ?? fresh, created: same === undefined }
      },
      list: async () => ({ items: [...expectations.values()], nextCursor: null }),
      async get(id, wait) {
        waits.push(wait)
        onWait(wait)
        if (wait.waitMs > 0 && !wait.signal.aborted) {
          await new Promise((resolve) => wait.signal.addEventListener('abort', resolve, { once: true }))
        }
        return expectations.get(id) ?? null
      },
      dispatched: async (id, { externalId }) => change(id, { state: 'waiting', externalId }, 'dispatched', externalId),
      notSubmitted: async (id, { reason }) => change(id, { state: 'cancelled' }, 'notSubmitted', reason),
      check: async (id, by) => change(id, {}, 'check', by.keyId),
      extend: async (id, request, by) => change(id, {}, 'extend', request, by.keyId),
      settle: async (id, request, by) => change(id, { state: 'succeeded' }, 'settle', request, by.keyId),
      cancel: async (id, request, by) => change(id, { state: 'cancelled' }, 'cancel', request, by.keyId),
    },
    jobs: {
      create: async () => ({ job, created: true }),
      list: async () => ({ items: [job], nextCursor: null }),
      get: async (id) => (id === job.id ? job : null),
      retry: async () => {
        throw new AppError('STATE_CONFLICT', 'Job job_1 is working')
      },
      cancel: async () => ({ ...job, state: 'cancelled' }),
    },
    documents: {
      create: async ({ filename, bytes }) => documentOf({ filename, bytes }),
      list: async () => ({ items: [documentOf()], nextCursor: null }),
      get: async (id) => (id === 'doc_1' ? documentOf() : null),
      checkUploadSignature(id, { signature }) {
        if (signature !== `good-${id}`) throw new AppError('UPLOAD_URL_INVALID', 'The signature is not good')
      },
      async putContent(id, content) {
        if (id !== 'doc_1') return null
        const whole = wholeOf(content)
        whole.catch(sayBroken)
        uploaded.push(await whole)
        return documentOf()
      },
      finalize: async () => {
        throw new AppError('STORAGE_ACCESS_ERROR', 'Document doc_1 could not be read back')
      },
    },
    deliveries: {
      list: async () => ({ items: [], nextCursor: null }),
      get: async () => null,
      redeliver: async () => null,
      redeliverAll: async () => ({ deliveries: 0 }),
      sinks: async () => [],
    },
    callbacks: {
      list: async () => ({ items: [], nextCursor: null }),
      get: async () => null,
      body: async (id) => (id === 'cb_1' ? Buffer.from([0, 255, 60]) : null),
      replay: async (id) => (id === 'cb_1' ? { replayOf: id, wakeup: 'due' } : null),
      release: async ({ dryRun, ids = [] }, by) => {
        doings.push(['release', by.keyId])
        return { released: 0, dryRun, groups: [], notQuarantined: ids }
      },
    },
    keys: {
      authenticate: async (secret) => principals[secret] ?? null,
      list: async () => [],
      create: async ({ name, role }) => ({
        id: 'key_1',
        name,
        role,
        createdAt: at,
        revokedAt: null,
        secret: 'test-key',
      }),
      revoke: async () => null,
    },
    sources: { list: async () => [] },
    breakers: {
      list: async () => [breaker],
      get: async (name) => {
        if (name === breaker.name) return breaker
        throw new AppError('NOT_FOUND', `There is no breaker ${name}`)
      },
      override: async (name, request, by) => {
        doings.push(['breaker', name, request, by.name])
        return { ...breaker, ...request }
      },
    },
    requests: { list: async () => ({ items: [], nextCursor: null }) },
    ...runningServices(doings),
    files: {
      open: async () => {
        throw new AppError('FILE_LINK_INVALID', 'This download address was not made here')
      },
    },
    health: {
      get: async () => {
        throw new Error('connect ECONNREFUSED: password=hunter2')
      },
      live: async () => ({ status: 'alive', stuck: [] }),
      ready: async () => ({ status: 'not-ready', missing: ['the database'], steps: [] }),
    },
  }
  return {
    services,
    expectations,
    waits,
    doings,
    uploaded,
    broken,
    whenWaiting: () => new Promise<Wait>((resolve) => (onWait = resolve)),
  }
}

export async function setup(options: Partial<HttpOptions> = {}) {
  const memory = memoryServices()
  const received: IntakeRequest[] = []
  const observed: { method: string; route: string; status: number }[] = []
  let answer: (request: IntakeRequest) => IntakeAnswer = () => ({ status: 200, body: { callback: 'cb_1' } })
  const app: FastifyInstance = createHttp({
    services: memory.services,
    intake: {
      receive: async (request) => {
        received.push(request)
        return answer(request)
      },
      selfTest: (question) => (question === 'a good question' ? 'a good answer' : null),
    },
    intakePaths: [],
    servesApi: true,
    log: silentLog,
    limits,
    dashboardDirectory: null,
    metrics: { contentType: 'text/plain', metrics: async () => 'becket_up 1\n' },
    release: '0.1.0',
    observe: ({ method, route, status }) => observed.push({ method, route, status }),
    ...options,
  })
  await app.ready()
  return {
    app,
    ...memory,
    received,
    observed,
    answerWith(next: (request: IntakeRequest) => IntakeAnswer) {
      answer = next
    },
    async listen() {
      return new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
    },
  }
}
