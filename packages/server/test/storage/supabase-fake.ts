/**
 * A bucket of Supabase Storage for tests, over real HTTP, with its habits: HTTP 400 with the true status in the body,
 * reads on the authenticated route only, both key headers demanded. Keeps objects in memory.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface SupabaseFake {
  url: string
  bucket: string
  serviceRoleKey: string
  objects: Map<string, Buffer>
  /** Answers every request from now on; null: behaves again. */
  answer(fault: { status: number; body: string } | null): void
  /** Whether it honours ranges; a proxy may not. */
  ranges: boolean
  requests: string[]
  stop(): Promise<void>
}

export async function startSupabaseFake(): Promise<SupabaseFake> {
  const bucket = 'documents'
  const serviceRoleKey = 'test-key'
  const objects = new Map<string, Buffer>()
  let fault: { status: number; body: string } | null = null

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    const body = await buffer(request)
    fake.requests.push(`${method} ${url}`)
    if (fault !== null) return send(response, fault.status, Buffer.from(fault.body))
    if (headers.apikey !== serviceRoleKey) return send(response, 401, json({ message: 'No API key found in request' }))
    if (headers.authorization !== `Bearer ${serviceRoleKey}`)
      return refuse(response, '403', 'Unauthorized', 'bad token')
    const route = /^\/storage\/v1\/object(\/authenticated)?\/([^/]+)\/(.+)$/.exec(url)
    if (route === null) return refuse(response, '404', 'Not Found', `Route ${method}:${url} not found`)
    const [, authenticated, inBucket, key = ''] = route
    if (inBucket !== bucket) return refuse(response, '404', 'Bucket not found', 'Bucket not found')
    if (method === 'POST' && authenticated === undefined) {
      if (objects.has(key) && headers['x-upsert'] !== 'true') {
        return refuse(response, '409', 'Duplicate', 'The resource already exists')
      }
      objects.set(key, body)
      return send(response, 200, json({ Key: `${bucket}/${key}` }))
    }
    const object = objects.get(key)
    if (object === undefined) return refuse(response, '404', 'not_found', 'Object not found')
    if (method === 'DELETE' && authenticated === undefined) {
      objects.delete(key)
      return send(response, 200, json({ message: 'Successfully deleted' }))
    }
    if (method === 'GET' && authenticated !== undefined) return sendObject(response, object, headers.range)
    return refuse(response, '404', 'Not Found', `Route ${method}:${url} not found`)
  }

  function sendObject(response: ServerResponse, object: Buffer, range: string | undefined): void {
    const last = /^bytes=0-(\d+)$/.exec(range ?? '')?.[1]
    if (last === undefined || !fake.ranges) {
      send(response, 200, object)
    } else if (object.length === 0) {
      refuse(response, '416', 'InvalidRange', 'The requested range is not satisfiable')
    } else {
      const part = object.subarray(0, Number(last) + 1)
      response.setHeader('content-range', `bytes 0-${part.length - 1}/${object.length}`)
      send(response, 206, part)
    }
  }

  const fake: SupabaseFake = {
    url: '',
    bucket,
    serviceRoleKey,
    objects,
    answer: (next) => {
      fault = next
    },
    ranges: true,
    requests: [],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The fake has no port')
  fake.url = `http://127.0.0.1:${address.port}`
  return fake
}

function refuse(response: ServerResponse, statusCode: string, error: string, message: string): void {
  send(response, 400, json({ statusCode, error, message }))
}

function send(response: ServerResponse, status: number, body: Buffer): void {
  response.writeHead(status, { 'content-length': body.length }).end(body)
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
