/** `/v1/findings`: what the doctor found and when it passed, and having the server examine itself. */
import {
  doctorRunSchema,
  findingPageSchema,
  findingQuerySchema,
  findingSchema,
  idParamsSchema,
  startDoctorRunSchema,
} from '@becket/client/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { FindingServices } from '../../services/services.ts'
import { principalOf } from '../access.ts'
import { found } from './found.ts'

const tags = ['Findings']
const params = idParamsSchema

export function findingRoutes(services: FindingServices): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/findings',
      {
        config: { access: 'inspect' },
        schema: {
          tags,
          operationId: 'listFindings',
          summary: 'List findings, newest first',
          querystring: findingQuerySchema,
          response: { 200: findingPageSchema },
        },
      },
      async (request) => services.list(request.query),
    )

    app.get(
      '/v1/findings/:id',
      {
        config: { access: 'inspect' },
        schema: {
          tags,
          operationId: 'getFinding',
          summary: 'Show a finding',
          params,
          response: { 200: findingSchema },
        },
      },
      async (request) => found(await services.get(request.params.id), 'finding', request.params.id),
    )

    app.post(
      '/v1/findings/run',
      {
        config: { access: 'operate' },
        schema: {
          tags,
          operationId: 'runDoctor',
          summary: 'Have the server examine itself',
          body: startDoctorRunSchema,
          response: { 202: doctorRunSchema },
        },
      },
      async (request, reply) => reply.code(202).send(await services.run(request.body, principalOf(request))),
    )

    app.get(
      '/v1/findings/runs/:id',
      {
        config: { access: 'inspect' },
        schema: {
          tags,
          operationId: 'getDoctorRun',
          summary: 'Show how an examination went',
          params,
          response: { 200: doctorRunSchema },
        },
      },
      async (request) => found(await services.getRun(request.params.id), 'examination', request.params.id),
    )
  }
}
