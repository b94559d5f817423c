/**
 * Stops in time. A server that closes waits for its connections: requests under way may finish, but a connection that
 * never said anything, and one that takes too long, must not hold the process.
 */
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** 5 s: half of what a process has for stopping altogether. */
const CLOSE_GRACE_MS = 5_000

export function closeInTime(app: FastifyInstance, graceMs: number = CLOSE_GRACE_MS): void {
  const open = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  app.addHook('preClose', async () => {
    for (const socket of open) {
      // Node takes these for busy, since no request of theirs has ended.
      if (socket.bytesRead === 0) socket.destroy()
    }
    setTimeout(() => app.server.closeAllConnections(), graceMs).unref()
  })
}
