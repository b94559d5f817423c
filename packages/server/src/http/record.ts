/** What is kept of every request: its id in the answer, one line in the log, one count. Never an address or a body. */
import type { FastifyInstance } from 'fastify'
import type { Log } from '../observe/log.ts'

export interface RecordOptions {
  log: Log
  observe?(request: { method: string; route: string; status: number; tookMs: number }): void
}

/** Nothing answered: the address itself is not logged, since it may hold a token. */
const NO_ROUTE = 'none'

export function keepRecord(app: FastifyInstance, { log, observe }: RecordOptions): void {
  // With `done`: a promise for each hook of each request is not free.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
    reply.header('referrer-policy', 'no-referrer')
    if (request.url.startsWith('/v1/')) reply.header('cache-control', 'no-store')
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.is404 ? NO_ROUTE : (request.routeOptions.url ?? NO_ROUTE)
    const facts = { method: request.method, route, status: reply.statusCode, tookMs: Math.round(reply.elapsedTime) }
    observe?.(facts)
    log.debug({ requestId: request.id, ...facts, keyId: request.principal?.keyId }, 'request answered')
    done()
  })
  app.addHook('onRequestAbort', async (request) => {
    log.debug({ requestId: request.id, method: request.method, route: request.routeOptions.url }, 'caller went away')
  })
}
