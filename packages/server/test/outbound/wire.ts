/** What tests of the way out share: real servers on this machine, and an outbound whose records are kept. */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'
import { createOutbound, type HttpOutbound, type OutboundOptions } from '../../src/outbound/http.ts'
import type { OutboundRequest, RequestRecord } from '../../src/outbound/outbound.ts'

export interface Wire {
  /** A server on a free port of the loopback address; `seen` are the requests that reached it. */
  serve(listener: RequestListener): Promise<Served>
  open(options: Partial<OutboundOptions>): { outbound: HttpOutbound; records: RequestRecord[] }
  onEnd(close: () => unknown): void
}

interface Served {
  origin: string
  port: number
  seen: IncomingMessage[]
  close(): Promise<void>
}

/** Call it once in a file: everything is closed after each test. */
export function createWire(): Wire {
  const closers: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })
  return {
    async serve(listener) {
      const seen: IncomingMessage[] = []
      const server = createServer((request, response) => {
        seen.push(request)
        listener(request, response)
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const close = () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        })
      closers.push(close)
      const port = portOf(server.address())
      return { origin: `http://127.0.0.1:${port}`, port, seen, close }
    },
    open(options) {
      const records: RequestRecord[] = []
      const outbound = createOutbound({ source: 'test', record: (record) => records.push(record), ...options })
      closers.push(() => outbound.close())
      return { outbound, records }
    },
    onEnd: (close) => void closers.push(close),
  }
}

export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  return address.port
}

export const get = (url: string, more: Partial<OutboundRequest> = {}): OutboundRequest => ({
  method: 'GET',
  url,
  authenticated: false,
  signal: new AbortController().signal,
  ...more,
})

export const say = (text: string) => (_: IncomingMessage, response: ServerResponse) => void response.end(text)

export async function collect(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
