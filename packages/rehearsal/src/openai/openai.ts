/** An OpenAI embeddings API without a model, which misbehaves on demand. It remembers only how often it was asked what. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { createAttempts } from '../faults/attempts.ts'
import { createDice } from '../faults/dice.ts'
import type { EmbedFaults, FaultsInput } from '../faults/faults.ts'
import { createLuck } from '../faults/luck.ts'
import { parseFaults } from '../faults/parse-faults.ts'
import { createLedger } from '../ledger/ledger.ts'
import { createStage, silentLog } from '../stage/stand-in.ts'
import type { StandIn, StandInOptions } from '../stage/stand-in-options.ts'
import { pause, type Tasks } from '../stage/tasks.ts'
import { embeddingsAnswer } from './embeddings-answer.ts'
import { type OpenAiError, readEmbeddingsRequest } from './embeddings-request.ts'

// 300,000 tokens are some 2 MB of text, and as token numbers about as much.
const MAX_BODY_BYTES = 16 * 1024 * 1024

const MODELS = ['text-embedding-3-small', 'text-embedding-3-large', 'text-embedding-ada-002']

export interface OpenAiOptions extends StandInOptions {
  faults?: FaultsInput['embed']
}

export interface OpenAiAddress {
  /** The origin; the official client wants `${baseUrl}/v1`. */
  baseUrl: string
  apiKey: string
}

export interface OpenAi extends StandIn<OpenAiAddress> {
  setFaults(faults: FaultsInput['embed']): void
}

export function createOpenAi(options: OpenAiOptions): OpenAi {
  const { environment, host = '127.0.0.1', port = 0, now = Date.now, log = silentLog } = options
  const apiKey = options.apiKey ?? `rehearsal-${randomBytes(12).toString('hex')}`
  const ledger = options.ledger ?? createLedger({ now })
  const dice = createDice(options.seed)
  const attempts = createAttempts()
  let faults: EmbedFaults = readFaults(options.faults)

  function build(app: FastifyInstance, tasks: Tasks): void {
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', `req_${randomUUID()}`)
      if (request.headers.authorization === `Bearer ${apiKey}`) return
      const message = 'Incorrect API key provided.'
      return refuse(reply, 401, { message, type: 'invalid_request_error', param: null, code: 'invalid_api_key' })
    })
    app.setNotFoundHandler((request, reply) => {
      const message = `Invalid URL (${request.method} ${request.url})`
      return refuse(reply, 404, { message, type: 'invalid_request_error', param: null, code: null })
    })
    app.setErrorHandler((fault: { statusCode?: number; message: string }, _request, reply) =>
      refuse(reply, fault.statusCode ?? 500, {
        message: fault.message,
        type: (fault.statusCode ?? 500) < 500 ? 'invalid_request_error' : 'server_error',
        param: null,
        code: null,
      }),
    )
    // What proves a key and costs nothing. No model is behind the names.
    app.get('/v1/models', (_request, reply) =>
      reply.send({ object: 'list', data: MODELS.map(modelOf), stand_in: true }),
    )
    app.post('/v1/embeddings', (request, reply) => embed(request.body, reply, tasks.signal))
  }

  async function embed(body: unknown, reply: FastifyReply, signal: AbortSignal): Promise<FastifyReply> {
    const reading = readEmbeddingsRequest(body)
    const work = createHash('sha256')
      .update(JSON.stringify(body ?? null))
      .digest('hex')
    const attempt = attempts.next(work)
    const luck = createLuck({ dice, operation: 'embed', work, attempt })
    const current = faults
    const items = reading.kind === 'read' ? reading.request.inputs.length : 0
    const tokens = reading.kind === 'read' ? reading.request.tokens : 0
    const note = (status: number | null) => ledger.record({ kind: 'embed', work, attempt, items, tokens, status })
    const noteFault = (fault: keyof EmbedFaults) =>
      ledger.record({ kind: 'fault', standIn: 'openai', operation: 'embed', fault, work, attempt, jobId: null })
    const strikes = (name: Exclude<keyof EmbedFaults, 'delay'>) => {
      if (!luck.strikes(name, current[name])) return false
      noteFault(name)
      return true
    }

    if (reading.kind === 'refused') {
      note(reading.status)
      return refuse(reply, reading.status, reading.error)
    }
    if (strikes('rateLimited')) {
      note(429)
      const message = 'Rate limit reached for requests. Please try again later.'
      const error = { message, type: 'requests', param: null, code: 'rate_limit_exceeded' }
      return refuse(reply.header('retry-after', current.rateLimited?.retryAfterSec ?? 0), 429, error)
    }
    if (strikes('serverError')) {
      const status = current.serverError?.status ?? 503
      note(status)
      const message = 'The server had an error while processing your request.'
      return refuse(reply, status, { message, type: 'server_error', param: null, code: null })
    }
    if (strikes('hang')) {
      note(null)
      return reply.hijack()
    }
    if (strikes('failure')) {
      note(400)
      const message = "'$.input' is invalid. Please check the API reference."
      return refuse(reply, 400, { message, type: 'invalid_request_error', param: 'input', code: null })
    }
    const ms = luck.ms('delay', current.delay)
    if (ms > 0) noteFault('delay')
    await pause(ms, signal)
    const answer = embeddingsAnswer(reading.request, {
      zeroVector: strikes('zeroVector'),
      wrongLength: strikes('wrongLength'),
      missingItem: strikes('missingItem'),
      reorder: strikes('reorder'),
    })
    note(200)
    return reply.header('openai-processing-ms', ms).send(answer)
  }

  const stage = createStage({
    name: 'openai',
    environment,
    host,
    port,
    maxBodyBytes: options.maxBodyBytes ?? MAX_BODY_BYTES,
    log,
    build,
  })
  return {
    ledger,
    async start() {
      return { baseUrl: await stage.start(), apiKey }
    },
    stop: stage.stop,
    setFaults(next) {
      faults = readFaults(next)
    },
  }
}

function refuse(reply: FastifyReply, status: number, error: OpenAiError): FastifyReply {
  return reply.code(status).send({ error })
}

function modelOf(id: string) {
  return { id, object: 'model', created: 0, owned_by: 'rehearsal' }
}

function readFaults(embed: FaultsInput['embed']): EmbedFaults {
  return parseFaults(embed === undefined ? {} : { embed }).embed
}
