/** The OpenAPI 3.1 document: made from the routes and the contract, so that it cannot say anything else. */
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { type OpenApiDocument, tidy } from './openapi-tidy.ts'

const OPENAPI_PATH = '/openapi.json'

const DESCRIPTION =
  'Becket makes every provider callback land. An expectation is written down before a provider is called, and whatever proves the outcome first settles it. Every error is a problem document (RFC 9457) whose `code` is listed in the error reference.'

/** Must come before any route that the document shall know. */
export async function addOpenApi(app: FastifyInstance, release: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Becket',
        version: release,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'An API key of Becket' } },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: jsonSchemaTransformObject,
  })
}

/** Made once: routes do not change after the server is ready. */
export function serveOpenApi(app: FastifyInstance): void {
  let document: OpenApiDocument | undefined
  app.get(OPENAPI_PATH, { schema: { hide: true } }, async (_request, reply) => {
    document ??= tidy(app.swagger())
    return reply.send(document)
  })
}
