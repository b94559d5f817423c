/** `/v1/instances`: what each process really runs with, without values. */
import { idParamsSchema, instanceSettingsSchema } from '@becket/client/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { InstanceServices } from '../../services/services.ts'
import { found } from './found.ts'

export function instanceRoutes(services: InstanceServices): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/instances/:id/settings',
      {
        config: { access: 'operate' },
        schema: {
          tags: ['Instances'],
          operationId: 'showInstanceSettings',
          summary: 'Show what a process runs with, as fingerprints',
          params: idParamsSchema,
          response: { 200: instanceSettingsSchema },
        },
      },
      async (request) => found(await services.settings(request.params.id), 'instance', request.params.id),
    )
  }
}
