/** `/v1/changes`: what became different about the running system, and when. */
import { changePageSchema, changeQuerySchema } from '@becket/client/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { ChangeServices } from '../../services/services.ts'

export function changeRoutes(services: ChangeServices): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/changes',
      {
        config: { access: 'inspect' },
        schema: {
          tags: ['Changes'],
          operationId: 'listChanges',
          summary: 'List changes of the running system',
          querystring: changeQuerySchema,
          response: { 200: changePageSchema },
        },
      },
      async (request) => services.list(request.query),
    )
  }
}
