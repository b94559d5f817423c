/** The dashboard's files, where they were built. Any address that a browser opens and nothing else answers is the app. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const HEADERS = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'",
  'x-frame-options': 'DENY',
}

/** Gives what sends the app, or null where there is none. */
export async function addDashboard(
  app: FastifyInstance,
  directory: string | null,
): Promise<((reply: FastifyReply) => FastifyReply) | null> {
  if (directory === null || !existsSync(join(directory, 'index.html'))) return null
  await app.register(fastifyStatic, {
    root: directory,
    // One route for each file: whatever is no file goes on to the 404 handler.
    wildcard: false,
    setHeaders(reply, path) {
      for (const [name, value] of Object.entries(HEADERS)) reply.header(name, value)
      // The bundler names assets by their content; the page that names them must be asked for each time.
      const isAsset = path.startsWith(join(directory, 'assets'))
      reply.header('cache-control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
  return (reply) => reply.sendFile('index.html')
}

/** A browser opening a page, not a program asking the API. */
export function opensPage(request: FastifyRequest): boolean {
  const path = request.url
  if (request.method !== 'GET' || path.startsWith('/v1/') || path.startsWith('/in/')) return false
  return request.headers.accept?.includes('text/html') === true
}
