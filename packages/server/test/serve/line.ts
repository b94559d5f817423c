/**
 * The line to a server, at an address that stays: it can be cut (connections are refused), be silent (connections are
 * taken, and nothing is ever answered), or be whole. What was connected before is cut at each change.
 */
import { connect, createServer, type Server, type Socket } from 'node:net'

export type LineState = 'cut' | 'silent' | 'whole'

export interface Line extends AsyncDisposable {
  port: number
  become(state: LineState): Promise<void>
  /** Resolves when somebody has connected since the last change. */
  called(): Promise<void>
}

export async function openLine(to: { host: string; port: number }, state: LineState): Promise<Line> {
  let now: LineState = state
  let sayCalled = () => {}
  let call = new Promise<void>((resolve) => {
    sayCalled = resolve
  })
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // A cut line is no failure of the test.
    socket.on('error', () => {})
    return socket
  }
  const server = createServer((near) => {
    keep(near)
    sayCalled()
    if (now === 'silent') {
      near.resume()
      return
    }
    const far = keep(connect(to))
    near.pipe(far).pipe(near)
    near.once('close', () => far.destroy())
    far.once('close', () => near.destroy())
  })
  const port = await listen(server, 0)
  if (state === 'cut') await close(server)

  async function become(next: LineState): Promise<void> {
    if (server.listening) await close(server)
    call = new Promise<void>((resolve) => {
      sayCalled = resolve
    })
    now = next
    if (next !== 'cut') await listen(server, port)
  }

  function close(listening: Server): Promise<void> {
    return new Promise((resolve) => {
      listening.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  }

  return {
    port,
    become,
    called: () => call,
    [Symbol.asyncDispose]: async () => {
      if (server.listening) await close(server)
    },
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

/** The same database at the other end of a line. */
export async function databaseLine(url: string, state: LineState): Promise<Line & { url: string }> {
  const { hostname, port } = new URL(url)
  const line = await openLine({ host: hostname, port: Number(port) }, state)
  const through = new URL(url)
  through.host = `127.0.0.1:${line.port}`
  return { ...line, url: through.href }
}
