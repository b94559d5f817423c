/** `/v1/expectations`: register before you call, report, look, and act by hand. */
import {
  cancelSchema,
  dispatchedSchema,
  type Expectation,
  expectationPageSchema,
  expectationQuerySchema,
  expectationSchema,
  extendSchema,
  idParamsSchema,
  nothingSchema,
  notSubmittedSchema,
  registerExpectationSchema,
  settleSchema,
  waitQuerySchema,
} from '@becket/client/contract'
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import type { Principal } from '../../services/principal.ts'
import type { ExpectationServices } from '../../services/services.ts'
import { principalOf } from '../access.ts'
import type { WaitSignals } from '../wait-signals.ts'
import { found } from './found.ts'

const tags = ['Expectations']
const params = idParamsSchema
const response = { 200: expectationSchema }

export function expectationRoutes(services: ExpectationServices, waits: WaitSignals): FastifyPluginAsyncZod {
  return async (app) => {
    app.post(
      '/v1/expectations',
      {
        config: { access: 'work:write' },
        schema: {
          tags,
          operationId: 'registerExpectation',
          summary: 'Write an expectation down before the provider is called',
          description:
            'The same key with the same parameters gives the same expectation (200), with others 409; 201 means that this request wrote it down. With `submit`, Becket then calls the provider, and the answer tells what came of that, or of the whole with `wait`.',
          querystring: waitQuerySchema,
          body: registerExpectationSchema,
          response: { 200: expectationSchema, 201: expectationSchema },
        },
      },
      async (request, reply) => {
        const by = principalOf(request)
        const wait = waits.waitFor(reply.raw, request.query.wait)
        const { expectation, created } = await services.register(request.body, by, wait)
        return reply.code(created ? 201 : 200).send(shownTo(by, expectation))
      },
    )

    app.get(
      '/v1/expectations',
      {
        config: { access: 'work:read' },
        schema: {
          tags,
          operationId: 'listExpectations',
          summary: 'List expectations',
          querystring: expectationQuerySchema,
          response: { 200: expectationPageSchema },
        },
      },
      async (request) => {
        const by = principalOf(request)
        const page = await services.list(request.query)
        return { ...page, items: page.items.map((item) => shownTo(by, item)) }
      },
    )

    app.get(
      '/v1/expectations/:id',
      {
        config: { access: 'work:read' },
        schema: {
          tags,
          operationId: 'getExpectation',
          summary: 'Show an expectation, or wait for its end',
          params,
          querystring: waitQuerySchema,
          response,
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const wait = waits.waitFor(reply.raw, request.query.wait)
        return shownTo(principalOf(request), found(await services.get(id, wait), 'expectation', id))
      },
    )

    app.post(
      '/v1/expectations/:id/dispatched',
      {
        config: { access: 'work:write' },
        schema: {
          tags,
          operationId: 'reportDispatched',
          summary: 'Report that the provider took the work',
          params,
          body: dispatchedSchema,
          response,
        },
      },
      async (request) => {
        const { id } = request.params
        return found(await services.dispatched(id, request.body, principalOf(request)), 'expectation', id)
      },
    )

    app.post(
      '/v1/expectations/:id/not-submitted',
      {
        config: { access: 'work:write' },
        schema: {
          tags,
          operationId: 'reportNotSubmitted',
          summary: 'Report that the provider surely did not take the work',
          params,
          body: notSubmittedSchema,
          response,
        },
      },
      async (request) => {
        const { id } = request.params
        return found(await services.notSubmitted(id, request.body, principalOf(request)), 'expectation', id)
      },
    )

    app.post(
      '/v1/expectations/:id/check',
      {
        config: { access: 'operate' },
        schema: {
          tags,
          operationId: 'checkExpectation',
          summary: 'Have the provider asked now',
          params,
          body: nothingSchema,
          response,
        },
      },
      async (request) => {
        const { id } = request.params
        return found(await services.check(id, principalOf(request)), 'expectation', id)
      },
    )

    app.post(
      '/v1/expectations/:id/extend',
      {
        config: { access: 'operate' },
        schema: {
          tags,
          operationId: 'extendExpectation',
          summary: 'Give it more time',
          params,
          body: extendSchema,
          response,
        },
      },
      async (request) => {
        const { id } = request.params
        return found(await services.extend(id, request.body, principalOf(request)), 'expectation', id)
      },
    )

    app.post(
      '/v1/expectations/:id/settle',
      {
        config: { access: 'operate' },
        schema: {
          tags,
          operationId: 'settleExpectation',
          summary: 'Settle it by hand',
          params,
          body: settleSchema,
          response,
        },
      },
      async (request) => {
        const { id } = request.params
        return found(await services.settle(id, request.body, principalOf(request)), 'expectation', id)
      },
    )

    app.post(
      '/v1/expectations/:id/cancel',
      {
        config: { access: 'operate' },
        schema: {
          tags,
          operationId: 'cancelExpectation',
          summary: 'Stop expecting it',
          params,
          body: cancelSchema,
          response,
        },
      },
      async (request) => {
        const { id } = request.params
        return found(await services.cancel(id, request.body, principalOf(request)), 'expectation', id)
      },
    )
  }
}

/** A callback address holds a token that settles: who may only look does not get it. */
function shownTo<Shown extends Pick<Expectation, 'callbackUrl'>>(by: Principal, expectation: Shown): Shown {
  return by.role === 'viewer' ? { ...expectation, callbackUrl: null } : expectation
}
