/** Bodies of API requests: JSON in UTF-8, or nothing. */
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AppError } from '../core/error.ts'
import { type BodyLimits, readBody } from './raw-body.ts'

export function readJsonBodies(app: FastifyInstance, limits: BodyLimits): void {
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    /^application\/(?:[\w.-]+\+)?json/,
    (request: FastifyRequest, payload: IncomingMessage, done) =>
      readBody(request.raw, payload, limits, (error, bytes) => {
        if (error !== null || bytes === undefined || bytes.length === 0) return done(error, undefined)
        let value: unknown
        try {
          value = JSON.parse(utf8.decode(bytes))
        } catch (cause) {
          const why = cause instanceof Error ? cause.message : 'unreadable'
          const message = `The body is not JSON in UTF-8: ${why.slice(0, 200)}`
          return done(new AppError('REQUEST_INVALID', message, { cause }))
        }
        done(null, value)
      }),
  )
}
