/** LlamaCloud's files on the wire: uploaded once, parsed by their id as often as wanted. They are kept until the stop. */
import { randomUUID } from 'node:crypto'
import { extname } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Spool } from './spool.ts'
import { readUpload, type Upload } from './upload.ts'

export interface FileShelf {
  put(file: Upload['file']): string
  find(id: string): Upload['file'] | null
  /** A copy for one parse, which removes it; null for a file that is not here. */
  take(id: string): Promise<Upload['file'] | null>
  delete(id: string): Promise<boolean>
}

export function createFileShelf(spool: Spool): FileShelf {
  const files = new Map<string, Upload['file']>()
  return {
    put(file) {
      const id = randomUUID()
      files.set(id, file)
      return id
    },
    find: (id) => files.get(id) ?? null,
    async take(id) {
      const file = files.get(id)
      return file === undefined ? null : { ...(await spool.again(file)), filename: file.filename }
    },
    async delete(id) {
      const file = files.get(id)
      if (file === undefined) return false
      files.delete(id)
      await spool.remove(file.path)
      return true
    },
  }
}

export function routeFiles(
  app: FastifyInstance,
  { projectId, shelf, spool }: { projectId: string; shelf: FileShelf; spool: Spool },
): void {
  const fieldsOf = (id: string, file: Upload['file']) => ({
    id,
    name: file.filename,
    project_id: projectId,
    file_type: extname(file.filename).slice(1) || null,
    external_file_id: null,
  })

  app.post('/api/v1/beta/files', async (request, reply) => {
    const read = await readUpload(request, spool)
    if (read.kind === 'invalid') return reply.code(read.status).send({ detail: read.detail })
    const { file, fields } = read.upload
    if (fields.purpose === undefined) {
      await spool.remove(file.path)
      return reply.code(422).send({ detail: 'field required: purpose' })
    }
    return reply.send({ ...fieldsOf(shelf.put(file), file), purpose: fields.purpose })
  })

  app.get<{ Params: { id: string } }>('/api/v1/beta/files/:id', (request, reply) => {
    const file = shelf.find(request.params.id)
    return file === null
      ? reply.code(404).send({ detail: 'File not found' })
      : reply.send(fieldsOf(request.params.id, file))
  })

  app.delete<{ Params: { id: string } }>('/api/v1/beta/files/:id', async (request, reply) => {
    const isGone = await shelf.delete(request.params.id)
    return isGone ? reply.code(204).send() : reply.code(404).send({ detail: 'File not found' })
  })
}
