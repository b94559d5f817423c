/** `/v1/jobs`: pipelines started, watched, retried and cancelled. */
import {
  cancelSchema,
  createJobSchema,
  idParamsSchema,
  jobPageSchema,
  jobQuerySchema,
  jobSchema,
  nothingSchema,
  waitQuerySchema,
} from '@becket/client/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { JobServices } from '../../services/services.ts'
import { principalOf } from '../access.ts'
import type { WaitSignals } from '../wait-signals.ts'
import { found } from './found.ts'

const tags = ['Jobs']
const params = idParamsSchema
const response = { 200: jobSchema }

export function jobRoutes(services: JobServices, waits: WaitSignals): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/v1/jobs',
      {
        config: { access: 'work:write' },
        schema: {
          tags,
          operationId: 'createJob',
          summary: 'Start a pipeline',
          description: 'The same pipeline and key give the same job (200); 201 means that this request made it.',
          body: createJobSchema,
          response: { 200: jobSchema, 201: jobSchema },
        },
      },
      async (request, reply) => {
        const { job, created } = await services.create(request.body, principalOf(request))
        return reply.code(created ? 201 : 200).send(job)
      },
    )

    app.get(
      '/v1/jobs',
      {
        config: { access: 'work:read' },
        schema: {
          tags,
          operationId: 'listJobs',
          summary: 'List jobs',
          querystring: jobQuerySchema,
          response: { 200: jobPageSchema },
        },
      },
      async (request) => services.list(request.query),
    )

    app.get(
      '/v1/jobs/:id',
      {
        config: { access: 'work:read' },
        schema: {
          tags,
          operationId: 'getJob',
          summary: 'Show a job, or wait for its end',
          params,
          querystring: waitQuerySchema,
          response,
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const wait = waits.waitFor(reply.raw, request.query.wait)
        return found(await services.get(id, wait), 'job', id)
      },
    )

    app.post(
      '/v1/jobs/:id/retry',
      {
        config: { access: 'operate' },
        schema: {
          tags,
          operationId: 'retryJob',
          summary: 'Try a failed job again',
          params,
          body: nothingSchema,
          response,
        },
      },
      async (request) => {
        const { id } = request.params
        return found(await services.retry(id, principalOf(request)), 'job', id)
      },
    )

    app.post(
      '/v1/jobs/:id/cancel',
      {
        config: { access: 'operate' },
        schema: { tags, operationId: 'cancelJob', summary: 'Cancel a job', params, body: cancelSchema, response },
      },
      async (request) => {
        const { id } = request.params
        return found(await services.cancel(id, request.body, principalOf(request)), 'job', id)
      },
    )
  }
}
