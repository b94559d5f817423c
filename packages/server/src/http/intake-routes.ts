/**
 * The addresses that providers call. Hands the bytes to intake as they came and sends back what intake says; parses
 * nothing, judges nothing. What fails here is our fault until proven otherwise: 503, so that the provider tries again.
 */

import { receiptSchema } from '@becket/client/contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../core/error.ts'
import type { Intake, IntakeAnswer } from '../intake/receive.ts'
import { type IntakePath, routePaths } from './path-template.ts'
import { type BodyLimits, bytesWithin } from './raw-body.ts'
import { selfTestRoute } from './routes/self-test.ts'

const METHODS = ['POST', 'PUT', 'GET']

export interface IntakeRoutesOptions {
  /** Null where this process does not take callbacks. */
  intake: Intake | null
  paths: readonly IntakePath[]
  body: BodyLimits
}

export function intakeRoutes({ intake, paths, body }: IntakeRoutesOptions) {
  return async (app: FastifyInstance): Promise<void> => {
    // A content type can be missing or rubbish; the framework would refuse it. Intake sees the one in `rawHeaders`.
    app.addHook('onRequest', (request, _reply, done) => {
      request.raw.headers['content-type'] = 'application/octet-stream'
      done()
    })
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', bytesWithin(body))

    const take =
      (source: string | null, names: readonly string[]) => async (request: FastifyRequest, reply: FastifyReply) => {
        // A misrouted provider must not take this for its own mistake.
        if (intake === null) throw new AppError('UNAVAILABLE', 'This instance does not take callbacks')
        const parts = textParams(request.params)
        const url = request.raw.url ?? '/'
        const answer = await intake.receive({
          source: source ?? parts.source ?? null,
          path: url.split('?', 1)[0] ?? '/',
          method: request.method === 'HEAD' ? 'GET' : request.method,
          url,
          rawHeaders: request.raw.rawHeaders,
          body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
          ...(source === null && parts.token !== undefined ? { token: parts.token } : {}),
          params: Object.fromEntries(names.map((name, index) => [name, parts[`p${index}`] ?? ''])),
          remoteAddress: request.ip,
        })
        return send(reply, answer)
      }

    app.register(selfTestRoute(intake))
    const config = { unforeseen: 'UNAVAILABLE' } as const
    for (const url of ['/in/:source', '/in/:source/t/:token']) {
      app.route({
        method: METHODS,
        url,
        config,

        schema: describe(url),
        handler: take(null, []),
      })
    }
    for (const { source, pattern, names } of routePaths(paths)) {
      const schema = { hide: true }
      app.route({
        method: METHODS,
        url: pattern,
        config,

        schema,
        handler: take(source, names),
      })
    }
  }
}

function send(reply: FastifyReply, answer: IntakeAnswer): FastifyReply {
  reply.code(answer.status)
  if (answer.headers !== undefined) reply.headers(answer.headers)
  if (answer.body === undefined) return reply.send()
  if (typeof answer.body === 'string' || Buffer.isBuffer(answer.body)) return reply.send(answer.body)
  if (!reply.hasHeader('content-type')) reply.type('application/json; charset=utf-8')
  return reply.send(JSON.stringify(answer.body))
}

function textParams(params: unknown): Record<string, string> {
  if (typeof params !== 'object' || params === null) return {}
  const parts: Record<string, string> = {}
  for (const [name, value] of Object.entries(params)) if (typeof value === 'string') parts[name] = value
  return parts
}

function describe(url: string) {
  return {
    tags: ['Intake'],
    summary: url.includes(':token') ? 'Take a callback for one expectation' : 'Take a callback',
    description: 'Answers when the bytes are durable. GET answers the handshakes of providers.',
    // Said here and not validated: what goes out is what intake says.
    response: { 200: receiptSchema },
  }
}
