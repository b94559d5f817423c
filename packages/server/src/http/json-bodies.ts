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
    async (request: FastifyRequest, payload: IncomingMessage) => {
      const bytes = await readBody(request.raw, payload, limits)
      if (bytes.length === 0) return undefined
      try {
        const value: unknown = JSON.parse(utf8.decode(bytes))
        return value
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : 'unreadable'
        throw new AppError('REQUEST_INVALID', `The body is not JSON in UTF-8: ${why.slice(0, 200)}`, { cause })
      }
    },
  )
}
