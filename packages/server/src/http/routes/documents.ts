/** `/v1/documents`: promise, upload by signed address or key, finalize. Content is taken as raw bytes only. */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import {
  createDocumentSchema,
  documentPageSchema,
  documentQuerySchema,
  documentSchema,
  finalizeQuerySchema,
  idParamsSchema,
  nothingSchema,
  uploadQuerySchema,
} from '@becket/client/contract'
import type { FastifyRequest } from 'fastify'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { AppError } from '../../core/error.ts'
import type { DocumentServices } from '../../services/services.ts'
import { principalOf } from '../access.ts'
import { streamBody } from '../body-stream.ts'
import type { BodyLimits } from '../raw-body.ts'
import type { WaitSignals } from '../wait-signals.ts'
import { found } from './found.ts'

const tags = ['Documents']
const params = idParamsSchema
const response = { 200: documentSchema }

export function documentRoutes(services: DocumentServices, waits: WaitSignals): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/v1/documents',
      {
        config: { access: 'work:write' },
        schema: {
          tags,
          operationId: 'createDocument',
          summary: 'Promise a document, and get the address for its content',
          body: createDocumentSchema,
          response: { 201: documentSchema },
        },
      },
      async (request, reply) => reply.code(201).send(await services.create(request.body, principalOf(request))),
    )

    app.get(
      '/v1/documents',
      {
        config: { access: 'work:read' },
        schema: {
          tags,
          operationId: 'listDocuments',
          summary: 'List documents',
          querystring: documentQuerySchema,
          response: { 200: documentPageSchema },
        },
      },
      async (request) => services.list(request.query),
    )

    app.get(
      '/v1/documents/:id',
      {
        config: { access: 'work:read' },
        schema: { tags, operationId: 'getDocument', summary: 'Show a document', params, response },
      },
      async (request) => {
        const { id } = request.params
        return found(await services.get(id), 'document', id)
      },
    )

    app.post(
      '/v1/documents/:id/finalize',
      {
        config: { access: 'work:write' },
        schema: {
          tags,
          operationId: 'finalizeDocument',
          summary: 'Have the content read back and start the job',
          params,
          querystring: finalizeQuerySchema,
          body: nothingSchema,
          response,
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const wait = waits.waitFor(reply.raw, request.query.wait)
        return found(await services.finalize(id, principalOf(request), wait), 'document', id)
      },
    )
  }
}

/** In a scope of its own: here a body is bytes, whatever its content type says. */
export function documentContentRoute(services: DocumentServices, body: BodyLimits): FastifyPluginAsyncZod {
  return async (app) => {
    // After authentication, before parsing: a content type that is missing or rubbish is no reason to refuse bytes.
    app.addHook('preParsing', async (request) => {
      request.raw.headers['content-type'] = 'application/octet-stream'
    })
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', async (request: FastifyRequest, payload: IncomingMessage) =>
      streamBody(request.raw, payload, body),
    )

    app.put(
      '/v1/documents/:id/content',
      {
        config: { access: 'work:write', proof: (request) => isSignedUpload(request, services) },
        schema: {
          tags,
          operationId: 'putDocumentContent',
          summary: 'Send the content of a document',
          description: 'Needs a key, or the signed query of the upload address. The body is the file, byte for byte.',
          params,
          querystring: uploadQuerySchema,
          response,
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const content = request.body instanceof Readable ? request.body : Readable.from([])
        try {
          return found(await services.putContent(id, content), 'document', id)
        } catch (error) {
          // Who is too slow would still be sending when the next request was waited for.
          if (error instanceof AppError && error.code === 'REQUEST_TOO_SLOW') reply.header('connection', 'close')
          throw error
        } finally {
          content.destroy()
        }
      },
    )
  }
}

/** Judged before a byte of the body is read. */
function isSignedUpload(request: FastifyRequest, services: DocumentServices): boolean {
  const query = uploadQuerySchema.safeParse(request.query)
  const path = idParamsSchema.safeParse(request.params)
  // What is malformed is no proof; with a key it is refused by name afterwards.
  if (!query.success || !path.success) return false
  const { expires, signature } = query.data
  if (expires === undefined && signature === undefined) return false
  if (expires === undefined || signature === undefined) {
    throw new AppError('UPLOAD_URL_INVALID', 'The upload address is not whole: it needs `expires` and `signature`')
  }
  services.checkUploadSignature(path.data.id, { expires, signature })
  return true
}
