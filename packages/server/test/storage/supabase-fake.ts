/**
 * A bucket of Supabase Storage that is only read, stricter than the stand-in of the rehearsal: it wants both key headers
 * and the authenticated route, tells what it was asked, and can ignore ranges or give any answer at all.
 */
import { createServer, type IncomingMessage } from 'node:http'

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

interface Answer {
  status: number
  body: Buffer
  headers?: Record<string, string>
}

export async function startSupabaseFake(): Promise<SupabaseFake> {
  const bucket = 'documents'
  const serviceRoleKey = 'test-key'
  const objects = new Map<string, Buffer>()
  let fault: { status: number; body: string } | null = null

  const server = createServer((request, response) => {
    request.resume()
    fake.requests.push(`${request.method} ${request.url}`)
    const { status, body, headers } = answerTo(request)
    response.writeHead(status, { 'content-length': body.length, ...headers }).end(body)
  })

  function answerTo({ method, url = '', headers }: IncomingMessage): Answer {
    if (fault !== null) return { status: fault.status, body: Buffer.from(fault.body) }
    if (headers.apikey !== serviceRoleKey) return { status: 401, body: json({ message: 'No API key in the request' }) }
    if (headers.authorization !== `Bearer ${serviceRoleKey}`) return refusal('403', 'Unauthorized', 'bad token')
    const route = /^\/storage\/v1\/object\/authenticated\/([^/]+)\/(.+)$/.exec(url)
    if (route === null || method !== 'GET') return refusal('404', 'Not Found', `Route ${method}:${url} not found`)
    const [, inBucket, key = ''] = route
    if (inBucket !== bucket) return refusal('404', 'Bucket not found', 'Bucket not found')
    const object = objects.get(key)
    if (object === undefined) return refusal('404', 'not_found', 'Object not found')
    const last = /^bytes=0-(\d+)$/.exec(headers.range ?? '')?.[1]
    if (last === undefined || !fake.ranges) return { status: 200, body: object }
    const part = object.subarray(0, Number(last) + 1)
    return {
      status: 206,
      body: part,
      headers: { 'content-range': `bytes 0-${part.length - 1}/${object.length}` },
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

function refusal(statusCode: string, error: string, message: string): Answer {
  return { status: 400, body: json({ statusCode, error, message }) }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
