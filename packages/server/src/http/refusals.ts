/** Errors and unknown addresses, answered as problem documents; also those that never became a request. */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ErrorCodeName, PROBLEM_MEDIA_TYPE, type Problem } from '@becket/client/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AppError } from '../core/error.ts'
import type { Log } from '../observe/log.ts'
import type { AddressBook } from './address-book.ts'
import { judge, problemOf } from './problem.ts'
import { newRequestId } from './request-id.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What an unforeseen fault of the route is answered with; INTERNAL unless it says so. */
    unforeseen?: 'INTERNAL' | 'UNAVAILABLE'
  }
}

/** The caller's own name for the request where it is harmless in a log, else one of ours. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id']
  return typeof given === 'string' && /^[A-Za-z0-9._:-]{8,64}$/.test(given) ? given : newRequestId()
}

export function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  const { config, schema, method, url } = request.routeOptions
  const { problem, isOurFault } = judge(error, {
    requestId: request.id,
    fallback: config?.unforeseen ?? 'INTERNAL',
    knownKeys: (part) => keysOf(part === 'body' ? schema?.body : part === 'querystring' ? schema?.querystring : null),
  })
  // The pattern, never the address: that may hold a token.
  if (isOurFault) log.error({ requestId: request.id, method, route: url, err: error }, 'request failed')
  return sendProblem(reply, problem)
}

function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  if (problem.retryAfter !== undefined) reply.header('retry-after', String(problem.retryAfter))
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer')
  return reply.code(problem.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(problem))
}

/** An address that nothing answers, or not with this method. */
export function refuseUnknown(request: FastifyRequest, reply: FastifyReply, addresses: AddressBook): FastifyReply {
  const path = request.url.split('?', 1)[0] ?? '/'
  const shown = path.length > 200 ? `${path.slice(0, 200)}…` : path
  const methods = addresses.methodsOf(path)
  if (methods.length > 0) {
    reply.header('allow', methods.join(', '))
    const detail = `${shown} takes ${methods.join(', ')}, not ${request.method}`
    return sendProblem(reply, problemOf(new AppError('METHOD_NOT_ALLOWED', detail), request.id))
  }
  const near = addresses.suggestionFor(path)
  const detail = `Nothing answers ${shown}${near === undefined ? '' : `; did you mean ${near}?`}`
  const hint = 'Compare the address with `/openapi.json`.'
  return sendProblem(reply, problemOf(new AppError('NOT_FOUND', detail, { hint }), request.id))
}

/** What is no HTTP request, or never became a whole one. There is no reply object here, only a socket. */
export function refuseConnection(error: Error & { code?: string }, socket: Duplex): void {
  // A broken connection takes no answer.
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [code, detail] = brokenRequest(error.code)
  const requestId = requestIdOf({ headers: {} })
  const problem = problemOf(new AppError(code, detail), requestId)
  const body = Buffer.from(JSON.stringify(problem))
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${body.byteLength}`,
    `x-request-id: ${requestId}`,
    'connection: close',
  ].join('\r\n')
  socket.end(Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body]))
}

function brokenRequest(cause: string | undefined): [ErrorCodeName, string] {
  if (cause === 'HPE_HEADER_OVERFLOW') return ['HEADERS_TOO_LARGE', 'The headers of the request are too large']
  if (cause === 'ERR_HTTP_REQUEST_TIMEOUT') return ['REQUEST_TOO_SLOW', 'The request did not arrive in time']
  return ['REQUEST_INVALID', 'What arrived is not an HTTP request']
}

function keysOf(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
}
