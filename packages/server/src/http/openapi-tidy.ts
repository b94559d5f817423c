/**
 * Finishes what the generator leaves rough in an OpenAPI document: problems, bodies that are bytes, plain descriptions,
 * and a list of schemas that holds only what is used, under the name of the contract. Pure; works on a copy.
 */
import { PROBLEM_MEDIA_TYPE } from '@becket/client/contract'
import { z } from 'zod'

// What is read here is written in this order, what it says in front.
const operationSchema = z.looseObject({
  operationId: z.string().optional(),
  summary: z.unknown().optional(),
  description: z.unknown().optional(),
  tags: z.unknown().optional(),
  security: z.unknown().optional(),
  parameters: z.unknown().optional(),
  requestBody: z.unknown().optional(),
  responses: z.record(z.string(), z.looseObject({ description: z.string() })),
})
type Operation = z.output<typeof operationSchema>

const documentSchema = z.looseObject({
  openapi: z.string(),
  info: z.unknown(),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
})
export type OpenApiDocument = z.output<typeof documentSchema>

const POINTER = '#/components/schemas/'

const problem = {
  description: 'A problem document',
  content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: `${POINTER}Problem` } } },
}

const meanings: Record<string, string> = {
  200: 'As it stands now',
  201: 'Made by this request',
  202: 'Taken up',
  503: 'Not now',
}

const binary = { type: 'string', format: 'binary' }

/** Bodies that are bytes, by the start of the path and the method. */
const bytesSent: [path: RegExp, method: string, mediaType: string][] = [
  [/^\/in\//, 'post', '*/*'],
  [/^\/in\//, 'put', '*/*'],
  [/^\/v1\/documents\/\{id\}\/content$/, 'put', 'application/octet-stream'],
]
const bytesGiven: Record<string, string> = { getCallbackBody: 'application/octet-stream', getMetrics: 'text/plain' }

export function tidy(raw: unknown): OpenApiDocument {
  const document = documentSchema.parse(structuredClone(raw))
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) complete(path, method, operation)
  }
  return withUsedSchemas(document)
}

function complete(path: string, method: string, operation: Operation): void {
  for (const [status, response] of Object.entries(operation.responses)) {
    response.description = meanings[status] ?? response.description
  }
  const given = bytesGiven[operation.operationId ?? '']
  if (given !== undefined) Object.assign(operation.responses['200'] ?? {}, { content: { [given]: { schema: binary } } })
  operation.responses.default = problem

  const sent = bytesSent.find(([pattern, one]) => one === method && pattern.test(path))
  if (sent !== undefined) operation.requestBody = { content: { [sent[2]]: { schema: binary } } }
  if (path.startsWith('/v1/')) operation.security = [{ key: [] }]
  // The signed query of an upload address stands in for a key.
  if (operation.operationId === 'putDocumentContent') operation.security = [{ key: [] }, {}]
}

/** Every schema is made twice, `X` as answered and `XInput` as asked: keeps those that are pointed to, as `X` if one is. */
function withUsedSchemas(document: OpenApiDocument): OpenApiDocument {
  const { schemas } = document.components
  const used = new Set<string>()
  const open = namesIn(document.paths)
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (used.has(name)) continue
    used.add(name)
    open.push(...namesIn(schemas[name]))
  }
  const nameOf = (name: string) => {
    const plain = name.replace(/Input$/, '')
    return used.has(plain) ? name : plain
  }
  document.components.schemas = Object.fromEntries(
    [...used].sort().map((name) => [nameOf(name), schemas[name]] as const),
  )
  const renamed = JSON.stringify(document).replace(
    /"#\/components\/schemas\/([^"]+)"/g,
    (_whole, name: string) => `"${POINTER}${nameOf(name)}"`,
  )
  return documentSchema.parse(JSON.parse(renamed))
}

function namesIn(part: unknown): string[] {
  const text = JSON.stringify(part) ?? ''
  return [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? '')
}
