/** `/files/…`: the objects that somebody was given a signed address of. Needs no key: the address is the proof. */
import { Readable } from 'node:stream'
import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { AppError } from '../../core/error.ts'
import type { FileServices } from '../../services/services.ts'
import { readRange } from '../byte-range.ts'

const querySchema = z.strictObject({
  filename: z.string().max(1000),
  type: z.string().regex(/^[\w.+-]+\/[\w.+-]+(?:; ?[\w-]+=[\w-]+)?$/),
  expires: z.string().regex(/^\d{1,15}$/),
  signature: z.string().max(100),
})

export function fileRoutes(services: FileServices): FastifyPluginAsync {
  return async (app) => {
    app.route<{ Params: { '*': string } }>({
      method: ['GET', 'HEAD'],
      url: '/files/*',
      schema: { hide: true },
      async handler(request, reply) {
        const query = querySchema.safeParse(request.query)
        if (!query.success) throw new AppError('FILE_LINK_INVALID', 'This download address is not whole')
        const { filename, type, expires, signature } = query.data
        const link = { key: request.params['*'], filename, contentType: type, expiresMs: Number(expires) }
        const { bytes, stream } = await services.open(link, signature)
        reply.headers({
          'content-type': type,
          'content-disposition': dispositionOf(filename),
          'accept-ranges': 'bytes',
          // Who has the address may keep the file; a cache between may not.
          'cache-control': 'private',
          'x-content-type-options': 'nosniff',
        })
        const range = readRange(request.headers.range, bytes)
        if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${bytes}`).send(null)
        const { first, last } = range ?? { first: 0, last: bytes - 1 }
        if (range !== null) reply.code(206).header('content-range', `bytes ${first}-${last}/${bytes}`)
        reply.header('content-length', last - first + 1)
        if (request.method === 'HEAD') return reply.send(null)
        return reply.send(
          range === null ? stream() : Readable.from(partOf(stream(), first, last), { objectMode: false }),
        )
      },
    })
  }
}

/** Read from the beginning, since a sealed object is proven in order; what lies before is let go. */
async function* partOf(stream: Readable, first: number, last: number): AsyncGenerator<Buffer> {
  let at = 0
  for await (const piece of stream) {
    const bytes = Buffer.from(piece)
    const part = bytes.subarray(Math.max(0, first - at), Math.max(0, last + 1 - at))
    at += bytes.length
    if (part.length > 0) yield part
    if (at > last) return
  }
}

/** RFC 6266: the name as it is, and one for who reads only ASCII. */
function dispositionOf(filename: string): string {
  const plain = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(filename).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
