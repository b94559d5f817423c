/** The object routes of Supabase Storage: upload, read, look at, ask about, delete. */
import { createHash } from 'node:crypto'
// Only for its types: it adds `parts` to a request.
import type {} from '@fastify/multipart'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { StoreOperation } from '../faults/faults.ts'
import { answerFault, answerObject, BAD_BODY, DUPLICATE, infoOf, NO_BUCKET, NOT_FOUND } from './answers.ts'
import type { Mishaps, Touched } from './mishaps.ts'
import type { Objects, ObjectVersion } from './objects.ts'

export interface RouteOptions {
  bucket: string
  mishaps: Mishaps
  objects: Objects
  signal: AbortSignal
}

interface ObjectRoute {
  Params: { bucket: string; '*': string }
}

export function routeObjects(app: FastifyInstance, { bucket, mishaps, objects, signal }: RouteOptions): void {
  const home = '/storage/v1/object'

  /** Null: already answered. */
  async function enter(
    request: FastifyRequest<ObjectRoute>,
    reply: FastifyReply,
    operation: StoreOperation,
    work?: string,
  ): Promise<Touched | null> {
    const { bucket: named, '*': path } = request.params
    if (named !== bucket) {
      answerFault(reply, NO_BUCKET)
      return null
    }
    const known = work ?? objects.latest(path)?.sha256 ?? path
    return mishaps.pass(reply, { operation, bucket, path, work: known }, signal)
  }

  async function put(request: FastifyRequest<ObjectRoute>, reply: FastifyReply): Promise<FastifyReply> {
    const content = await readContent(request)
    if (!content) return answerFault(reply, BAD_BODY)
    const touched = await enter(request, reply, 'put', createHash('sha256').update(content.bytes).digest('hex'))
    if (!touched) return reply
    const overwrites = request.method === 'PUT' || request.headers['x-upsert'] === 'true'
    // The database's row decides, not what can be seen of it.
    if (!overwrites && objects.latest(touched.path)) {
      mishaps.note(touched, 'duplicate', 400)
      return answerFault(reply, DUPLICATE)
    }
    const late = mishaps.strikes(touched, 'visibleLate')
      ? touched.luck.ms('visibleLate/by', touched.faults.visibleLate?.by)
      : 0
    const version = objects.put(touched.path, content.bytes, content.contentType, late)
    mishaps.note(touched, 'done', 200)
    return reply.send({ Key: `${bucket}/${touched.path}`, Id: version.id })
  }

  /** What a reader sees; null: it saw nothing, and was told so. */
  function see(reply: FastifyReply, touched: Touched): ObjectVersion | null {
    const sight = objects.look(touched.path)
    if (sight.kind !== 'found') {
      mishaps.note(touched, sight.kind, 400)
      answerFault(reply, NOT_FOUND)
      return null
    }
    mishaps.note(touched, sight.stale ? 'stale' : 'done', 200)
    return sight.version
  }

  async function get(request: FastifyRequest<ObjectRoute>, reply: FastifyReply): Promise<FastifyReply> {
    const touched = await enter(request, reply, 'get')
    if (!touched) return reply
    if (objects.look(touched.path).kind === 'found' && mishaps.strikes(touched, 'emptyRead')) {
      mishaps.note(touched, 'empty', 200)
      return reply.type('application/octet-stream').send(Buffer.alloc(0))
    }
    const version = see(reply, touched)
    return version ? answerObject(reply, version, request.headers.range) : reply
  }

  async function head(request: FastifyRequest<ObjectRoute>, reply: FastifyReply): Promise<FastifyReply> {
    const touched = await enter(request, reply, 'head')
    if (!touched) return reply
    const version = see(reply, touched)
    // The length that a GET would have; Node sends no body in answer to HEAD.
    return version ? answerObject(reply, version, undefined) : reply
  }

  async function info(request: FastifyRequest<ObjectRoute>, reply: FastifyReply): Promise<FastifyReply> {
    const touched = await enter(request, reply, 'info')
    if (!touched) return reply
    const version = see(reply, touched)
    return version ? reply.send(infoOf(bucket, touched.path, version)) : reply
  }

  app.post<ObjectRoute>(`${home}/:bucket/*`, put)
  app.put<ObjectRoute>(`${home}/:bucket/*`, put)
  for (const base of [`${home}/authenticated`, home]) {
    app.get<ObjectRoute>(`${base}/:bucket/*`, { exposeHeadRoute: false }, get)
    app.head<ObjectRoute>(`${base}/:bucket/*`, head)
  }
  for (const base of [`${home}/info/authenticated`, `${home}/info`]) app.get<ObjectRoute>(`${base}/:bucket/*`, info)

  app.delete<ObjectRoute>(`${home}/:bucket/*`, async (request, reply) => {
    const touched = await enter(request, reply, 'delete')
    if (!touched) return reply
    const seen = objects.delete(touched.path)
    mishaps.note(touched, seen ? 'done' : 'missing', seen ? 200 : 400)
    return seen ? reply.send({ message: 'Successfully deleted' }) : answerFault(reply, NOT_FOUND)
  })
}

/** The bytes as they are, or the first file of a form, as browsers send it. */
async function readContent(request: FastifyRequest): Promise<{ bytes: Buffer; contentType: string } | null> {
  if (request.isMultipart()) {
    const part = await request.file()
    return part ? { bytes: await part.toBuffer(), contentType: part.mimetype } : null
  }
  const contentType = request.headers['content-type'] ?? 'application/octet-stream'
  // No body at all is an empty object: a client that sends no bytes gets what it asked for.
  return { bytes: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0), contentType }
}
