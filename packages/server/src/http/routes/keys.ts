/** `/v1/keys`: for admins only. The secret is in one answer, once. */
import { createdKeySchema, createKeySchema, idParamsSchema, keyListSchema, keySchema } from '@becket/client/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { KeyServices } from '../../services/services.ts'
import { principalOf } from '../access.ts'
import { found } from './found.ts'

const tags = ['Keys']

export function keyRoutes(services: KeyServices): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/keys',
      {
        config: { access: 'keys' },
        schema: { tags, operationId: 'listKeys', summary: 'List keys', response: { 200: keyListSchema } },
      },
      async () => ({ items: await services.list() }),
    )

    app.post(
      '/v1/keys',
      {
        config: { access: 'keys' },
        schema: {
          tags,
          operationId: 'createKey',
          summary: 'Make a key',
          body: createKeySchema,
          response: { 201: createdKeySchema },
        },
      },
      async (request, reply) => reply.code(201).send(await services.create(request.body, principalOf(request))),
    )

    app.delete(
      '/v1/keys/:id',
      {
        config: { access: 'keys' },
        schema: {
          tags,
          operationId: 'revokeKey',
          summary: 'Revoke a key',
          params: idParamsSchema,
          response: { 200: keySchema },
        },
      },
      async (request) => {
        const { id } = request.params
        return found(await services.revoke(id, principalOf(request)), 'key', id)
      },
    )
  }
}
