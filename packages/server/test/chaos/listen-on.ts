/** Free ports on this machine: one to listen on now, or one for somebody who starts later. */
import { createServer, type Server } from 'node:net'

/** Listens on any free port and answers it. */
export function listenOn(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (typeof address === 'object' && address !== null) resolve(address.port)
      else reject(new Error('a server that listens on no port'))
    })
  })
}

export async function freePort(): Promise<number> {
  const probe = createServer()
  const port = await listenOn(probe)
  await new Promise((resolve) => probe.close(resolve))
  return port
}
