/** `/v1/deliveries` and `/v1/sinks`: results on their way, and delivering again by hand. */
import {
  deliveryPageSchema,
  deliveryQuerySchema,
  deliverySchema,
  idParamsSchema,
  redeliverAllSchema,
  redeliveredSchema,
  redeliverSchema,
  sinkListSchema,
} from '@becket/client/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { DeliveryServices } from '../../services/services.ts'
import { principalOf } from '../access.ts'
import { found } from './found.ts'

const tags = ['Deliveries']
const params = idParamsSchema

export function deliveryRoutes(services: DeliveryServices): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/deliveries',
      {
        config: { access: 'inspect' },
        schema: {
          tags,
          operationId: 'listDeliveries',
          summary: 'List deliveries',
          querystring: deliveryQuerySchema,
          response: { 200: deliveryPageSchema },
        },
      },
      async (request) => services.list(request.query),
    )

    app.get(
      '/v1/deliveries/:id',
      {
        config: { access: 'inspect' },
        schema: {
          tags,
          operationId: 'getDelivery',
          summary: 'Show a delivery and what it carries',
          params,
          response: { 200: deliverySchema },
        },
      },
      async (request) => {
        const { id } = request.params
        return found(await services.get(id), 'delivery', id)
      },
    )

    app.post(
      '/v1/deliveries/:id/redeliver',
      {
        config: { access: 'operate' },
        schema: {
          tags,
          operationId: 'redeliver',
          summary: 'Deliver a result again that was delivered or given up',
          params,
          body: redeliverSchema,
          response: { 202: deliverySchema },
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const delivery = await services.redeliver(id, request.body, principalOf(request))
        return reply.code(202).send(found(delivery, 'delivery', id))
      },
    )

    app.post(
      '/v1/deliveries/redeliver',
      {
        config: { access: 'operate' },
        schema: {
          tags,
          operationId: 'redeliverAll',
          summary: 'Deliver again all that a sink has not taken',
          body: redeliverAllSchema,
          response: { 202: redeliveredSchema },
        },
      },
      async (request, reply) => reply.code(202).send(await services.redeliverAll(request.body, principalOf(request))),
    )

    app.get(
      '/v1/sinks',
      {
        config: { access: 'inspect' },
        schema: {
          tags,
          operationId: 'listSinks',
          summary: 'List the configured sinks',
          response: { 200: sinkListSchema },
        },
      },
      async () => ({ items: await services.sinks() }),
    )
  }
}
