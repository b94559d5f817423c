/** `/v1/sources`: what is configured, without its secrets. */
import { sourceListSchema } from '@becket/client/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { SourceServices } from '../../services/services.ts'

export function sourceRoutes(services: SourceServices): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/sources',
      {
        config: { access: 'inspect' },
        schema: {
          tags: ['Sources'],
          operationId: 'listSources',
          summary: 'List the configured sources',
          response: { 200: sourceListSchema },
        },
      },
      async () => ({ items: await services.list() }),
    )
  }
}
