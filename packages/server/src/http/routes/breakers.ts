/** `/v1/breakers`: how the dependencies stand, and opening, trying or closing a breaker by hand. */
import { breakerListSchema, breakerParamsSchema, breakerSchema, overrideBreakerSchema } from '@becket/client/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { BreakerServices } from '../../services/services.ts'
import { principalOf } from '../access.ts'

const tags = ['Breakers']
const params = breakerParamsSchema

export function breakerRoutes(services: BreakerServices): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/breakers',
      {
        config: { access: 'inspect' },
        schema: { tags, operationId: 'listBreakers', summary: 'List breakers', response: { 200: breakerListSchema } },
      },
      async () => ({ items: await services.list() }),
    )

    app.get(
      '/v1/breakers/:name',
      {
        config: { access: 'inspect' },
        schema: {
          tags,
          operationId: 'getBreaker',
          summary: 'Show a breaker',
          params,
          response: { 200: breakerSchema },
        },
      },
      async (request) => services.get(request.params.name),
    )

    app.post(
      '/v1/breakers/:name',
      {
        config: { access: 'operate' },
        schema: {
          tags,
          operationId: 'overrideBreaker',
          summary: 'Open, try or close a breaker by hand',
          params,
          body: overrideBreakerSchema,
          response: { 200: breakerSchema },
        },
      },
      async (request) => services.override(request.params.name, request.body, principalOf(request)),
    )
  }
}
