/** Health: the whole installation for people with a key; this process for probes and scrapers without one. */
import { healthSchema, livenessSchema, readinessSchema } from '@becket/client/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { HealthServices } from '../../services/services.ts'

const tags = ['Health']

/** What a Prometheus registry offers. */
export interface MetricsPage {
  readonly contentType: string
  metrics(): Promise<string>
}

export function healthRoute(services: HealthServices): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/v1/health',
      {
        config: { access: 'inspect' },
        schema: {
          tags,
          operationId: 'getHealth',
          summary: 'The health of the installation',
          response: { 200: healthSchema },
        },
      },
      async () => services.get(),
    )
  }
}

export function probeRoutes(services: HealthServices, metrics: MetricsPage): FastifyPluginAsyncZod {
  return async (app) => {
    app.get(
      '/livez',
      {
        schema: {
          tags,
          operationId: 'getLiveness',
          summary: 'Whether this process gets on',
          response: { 200: livenessSchema, 503: livenessSchema },
        },
      },
      async (_request, reply) => {
        const liveness = await services.live()
        return reply.code(liveness.status === 'alive' ? 200 : 503).send(liveness)
      },
    )

    app.get(
      '/readyz',
      {
        schema: {
          tags,
          operationId: 'getReadiness',
          summary: 'Whether this process can take requests',
          response: { 200: readinessSchema, 503: readinessSchema },
        },
      },
      async (_request, reply) => {
        const readiness = await services.ready()
        return reply.code(readiness.status === 'ready' ? 200 : 503).send(readiness)
      },
    )

    app.get(
      '/metrics',
      { schema: { tags, operationId: 'getMetrics', summary: 'Counters and sums for Prometheus' } },
      async (_request, reply) => reply.type(metrics.contentType).send(await metrics.metrics()),
    )
  }
}
