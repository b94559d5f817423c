/** `/v1/callbacks`: the debug view of what providers sent, and having it read again. */
import {
  callbackPageSchema,
  callbackQuerySchema,
  callbackSchema,
  idParamsSchema,
  nothingSchema,
  releasedSchema,
  releaseSchema,
  replaySchema,
} from '@becket/client/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { CallbackServices } from '../../services/services.ts'
import { principalOf } from '../access.ts'
import { found } from './found.ts'

const tags = ['Callbacks']
const params = idParamsSchema

export function callbackRoutes(services: CallbackServices): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/callbacks',
      {
        config: { access: 'inspect' },
        schema: {
          tags,
          operationId: 'listCallbacks',
          summary: 'List callbacks',
          querystring: callbackQuerySchema,
          response: { 200: callbackPageSchema },
        },
      },
      async (request) => services.list(request.query),
    )

    app.get(
      '/v1/callbacks/:id',
      {
        config: { access: 'inspect' },
        schema: {
          tags,
          operationId: 'getCallback',
          summary: 'Show a callback',
          params,
          response: { 200: callbackSchema },
        },
      },
      async (request) => {
        const { id } = request.params
        return found(await services.get(id), 'callback', id)
      },
    )

    app.get(
      '/v1/callbacks/:id/body',
      {
        config: { access: 'inspect' },
        schema: { tags, operationId: 'getCallbackBody', summary: 'The body of a callback, byte for byte', params },
      },
      async (request, reply) => {
        const { id } = request.params
        const body = found(await services.body(id), 'callback', id)
        // Bytes of a stranger: a browser shall store them and never show or run them.
        return reply
          .type('application/octet-stream')
          .header('content-disposition', `attachment; filename="${id}.bin"`)
          .send(body)
      },
    )

    app.post(
      '/v1/callbacks/:id/replay',
      {
        config: { access: 'operate' },
        schema: {
          tags,
          operationId: 'replayCallback',
          summary: 'Read a callback again, as if it had just come',
          params,
          body: nothingSchema,
          response: { 202: replaySchema },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        return reply.code(202).send(found(await services.replay(id, principalOf(request)), 'callback', id))
      },
    )

    app.post(
      '/v1/callbacks/release',
      {
        config: { access: 'operate' },
        schema: {
          tags,
          operationId: 'releaseCallbacks',
          summary: 'Read quarantined callbacks again, by the present adapters',
          body: releaseSchema,
          response: { 202: releasedSchema },
        },
      },
      async (request, reply) => reply.code(202).send(await services.release(request.body, principalOf(request))),
    )
  }
}
