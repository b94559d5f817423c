/** The OpenAPI 3.1 document: made from the routes and the contract, so that it cannot say anything else. */
import { PROBLEM_MEDIA_TYPE } from '@becket/client/contract'
import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'

export const OPENAPI_PATH = '/openapi.json'

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
    transform: (route) => {
      const transformed = jsonSchemaTransform(route)
      const needsKey = route.url.startsWith('/v1/')
      return needsKey ? { ...transformed, schema: { ...transformed.schema, security: [{ key: [] }] } } : transformed
    },
    transformObject: (document) => withProblems(jsonSchemaTransformObject(document)),
  })
}

type OpenApiObject = ReturnType<typeof jsonSchemaTransformObject>

const problemResponse = {
  description: 'A problem document',
  content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
}

/** Every operation can end in a problem. */
function withProblems(document: OpenApiObject): OpenApiObject {
  for (const path of Object.values(document.paths ?? {})) {
    for (const operation of Object.values(path ?? {})) {
      if (typeof operation !== 'object' || operation === null || !('responses' in operation)) continue
      Object.assign(operation, { responses: Object.assign({}, operation.responses, { default: problemResponse }) })
    }
  }
  return document
}
