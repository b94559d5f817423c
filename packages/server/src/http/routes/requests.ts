/** `/v1/requests`: what Becket sent to third parties, and how it was answered. */
import { requestPageSchema, requestQuerySchema } from '@becket/client/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { RequestServices } from '../../services/services.ts'

export function requestRoutes(services: RequestServices): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/requests',
      {
        config: { access: 'inspect' },
        schema: {
          tags: ['Requests'],
          operationId: 'listRequests',
          summary: 'List requests to third parties',
          querystring: requestQuerySchema,
          response: { 200: requestPageSchema },
        },
      },
      async (request) => services.list(request.query),
    )
  }
}
