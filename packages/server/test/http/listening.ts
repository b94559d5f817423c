/** A server that listens on a free port, raw sockets to it, and what came over them. Closes all of it after each test. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { problemSchema } from '@becket/client/contract'
import { afterEach } from 'vitest'
import type { HttpOptions } from '../../src/http/http.ts'
import { setup } from './setup.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

export async function listening(options: Partial<HttpOptions> = {}) {
  const server = await setup(options)
  const url = await server.listen()
  closing.push(() => server.app.close())
  const open = async (): Promise<Socket> => {
    const socket = connect(Number(url.port), url.hostname)
    closing.push(async () => socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  return { ...server, url, open }
}

/** Everything that comes until the server closes the connection. */
export async function rest(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // A reset after the answer is how a cut-off sender sees it.
  socket.on('error', () => undefined)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

export function problemIn(raw: string) {
  return problemSchema.parse(JSON.parse(raw.slice(raw.indexOf('\r\n\r\n') + 4)))
}
