/**
 * Where the results of a crash test go: an endpoint for webhooks in the test's own process, which nobody kills. It takes
 * most of them, after a while; refuses some, and takes some without ever saying so.
 */
import { createServer, type IncomingMessage } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { type Result, resultSchema } from '@becket/client/contract'
import { Webhook } from 'standardwebhooks'
import type { Chance } from './chance.ts'
import { listenOn } from './listen-on.ts'

export interface Received {
  /** `webhook-id`: the same at every try. */
  id: string
  body: string
  result: Result
  isTaken: boolean
}

export interface Endpoint {
  url: string
  /** All that came with a good signature, in order. */
  received: readonly Received[]
  /** What did not. */
  faults: readonly string[]
  stop(): Promise<void>
}

const REFUSED = 0.12
const SILENT = 0.06

export async function startEndpoint({ secret, chance }: { secret: string; chance: Chance }): Promise<Endpoint> {
  const webhook = new Webhook(secret)
  const received: Received[] = []
  const faults: string[] = []

  /** The status to answer; null: the connection breaks. */
  async function receive(request: IncomingMessage): Promise<number | null> {
    const luck = chance.next()
    const busyMs = chance.between(0, 150)
    const body = await textOf(request)
    const id = String(request.headers['webhook-id'])
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    try {
      const result = resultSchema.parse(webhook.verify(body, headers))
      const isTaken = luck >= REFUSED
      received.push({ id, body, result, isTaken })
      await pause(busyMs)
      if (!isTaken) return 503
      return luck < REFUSED + SILENT ? null : 204
    } catch (error) {
      faults.push(`${id}: ${error instanceof Error ? error.message : error}`)
      return 400
    }
  }

  const server = createServer((request, response) => {
    receive(request).then(
      (status) => {
        if (status === null) response.destroy()
        else response.writeHead(status).end()
      },
      () => response.destroy(),
    )
  })
  const port = await listenOn(server)
  return {
    url: `http://127.0.0.1:${port}`,
    received,
    faults,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}
