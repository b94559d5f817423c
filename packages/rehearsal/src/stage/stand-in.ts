/**
 * What every stand-in shares: the refusal in production, one Fastify server on loopback, the header that says what it
 * is, and an end that takes hung requests and pending callbacks with it. Knows no wire format.
 */
import Fastify, { type FastifyInstance } from 'fastify'
import { RehearsalError, refuseProduction } from './rehearsal-error.ts'
import { createTasks, type Tasks } from './tasks.ts'

/** Facts with ids, never payloads or secrets. A pino logger fits. */
export interface RehearsalLog {
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
}

export const silentLog: RehearsalLog = { info: () => {}, warn: () => {} }

/** The largest file or body a stand-in takes, in bytes. 64 MiB: well over any sample, well under a small machine. */
export const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024

export interface Stage {
  /** The origin, without a trailing slash. */
  start(): Promise<string>
  /** Repeatable. Aborts what is pending, closes every connection, and resolves when all of it has ended. */
  stop(): Promise<void>
}

export interface StageOptions {
  name: string
  environment: string
  host: string
  /** 0: any free port. */
  port: number
  maxBodyBytes: number
  log: RehearsalLog
  /** Called once per start, with a server that does not listen yet. */
  build(app: FastifyInstance, tasks: Tasks): Promise<void> | void
}

export function createStage(options: StageOptions): Stage {
  const { name, log } = options
  let opening: Promise<{ origin: string; app: FastifyInstance; tasks: Tasks }> | null = null

  async function open() {
    refuseProduction(name, options.environment)
    const tasks = createTasks({
      onFault: (fault) => log.warn({ standIn: name, fault: String(fault) }, 'a stand-in failed at its own work'),
    })
    // forceCloseConnections: a hung request must not hold up `stop`.
    const app = Fastify({ forceCloseConnections: true, bodyLimit: options.maxBodyBytes, logger: false })
    app.addHook('onSend', async (_request, reply) => {
      reply.header('x-becket-stand-in', 'true')
    })
    await options.build(app, tasks)
    try {
      const address = await app.listen({ host: options.host, port: options.port })
      log.info({ standIn: name, address }, 'stand-in listens')
      return { origin: address, app, tasks }
    } catch (cause) {
      await app.close()
      throw new RehearsalError(
        'PORT_UNAVAILABLE',
        `The ${name} stand-in cannot listen on ${options.host}:${options.port}.`,
        'Stop what listens there, or leave the port out to get a free one.',
        cause,
      )
    }
  }

  return {
    async start() {
      opening ??= open()
      try {
        return (await opening).origin
      } catch (fault) {
        opening = null
        throw fault
      }
    },
    async stop() {
      const closing = opening
      opening = null
      if (!closing) return
      const opened = await closing.catch(() => null)
      if (!opened) return
      await Promise.all([opened.tasks.stop(), opened.app.close()])
      log.info({ standIn: name }, 'stand-in stopped')
    },
  }
}
