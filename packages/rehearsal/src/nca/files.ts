/**
 * The bucket in which the toolkit's outputs lie: a small file server in the manner of S3, public to read. Takes no uploads;
 * beside the bucket, `samples` has any clip that is asked for, to make something of.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Ledger } from '../ledger/ledger.ts'
import { answerObject } from '../storage/answers.ts'
import type { Objects } from '../storage/objects.ts'
import { tinyMedia } from './media.ts'

export interface FileRouteOptions {
  bucket: string
  objects: Objects
  ledger: Ledger
}

export function routeFiles(app: FastifyInstance, { bucket, objects, ledger }: FileRouteOptions): void {
  type FileRequest = FastifyRequest<{ Params: { bucket: string; '*': string } }>

  const serve = (operation: 'get' | 'head') => async (request: FileRequest, reply: FastifyReply) => {
    const { bucket: named, '*': path } = request.params
    if (named !== bucket) return refuse(reply, 'NoSuchBucket', 'The specified bucket does not exist')
    const sight = objects.look(path)
    const deed = { kind: 'object' as const, operation, bucket, path, attempt: 1 }
    if (sight.kind !== 'found') {
      ledger.record({ ...deed, status: 404, outcome: sight.kind })
      return refuse(reply, 'NoSuchKey', 'The specified key does not exist.')
    }
    ledger.record({ ...deed, status: 200, outcome: sight.version.bytes.length === 0 ? 'empty' : 'done' })
    return answerObject(reply, sight.version, request.headers.range)
  }

  app.setNotFoundHandler((_request, reply) => refuse(reply, 'NoSuchKey', 'The specified key does not exist.'))
  app.get<{ Params: { name: string } }>('/samples/:name', (request, reply) => {
    const { bytes, contentType } = tinyMedia(request.params.name, request.params.name)
    return reply.type(contentType).send(bytes)
  })
  app.get('/:bucket/*', { exposeHeadRoute: false }, serve('get'))
  app.head('/:bucket/*', serve('head'))
}

function refuse(reply: FastifyReply, code: string, message: string): FastifyReply {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`
  return reply.code(404).type('application/xml').send(body)
}
