/** `/v1/features`: what is switched on, and for whom. */
import { featureListSchema, featureQuerySchema } from '@becket/client/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { FeatureServices } from '../../services/services.ts'

export function featureRoutes(services: FeatureServices): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/features',
      {
        config: { access: 'inspect' },
        schema: {
          tags: ['Features'],
          operationId: 'listFeatures',
          summary: 'List features, and whether a job has them',
          querystring: featureQuerySchema,
          response: { 200: featureListSchema },
        },
      },
      async (request) => ({ items: await services.list(request.query) }),
    )
  }
}
