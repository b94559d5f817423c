/** Structured logs: facts with ids, one line per outcome, never payloads or secrets. */
import { type Logger, pino } from 'pino'
import { redactJson, redactText } from '../core/redact.ts'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

export interface LogOptions {
  level: string
  /** Appended to; standard error where it is not given. */
  file?: string
}

export function createLog({ level, file }: LogOptions): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Last line of defence: no secret belongs into a log line. After it, errors are plain data with all their fields.
      formatters: { log: redacted },
      serializers: { err: (error: unknown) => error },
      hooks: {
        // An error alone gives its own message to the line.
        logMethod([first, ...more], method) {
          if (first instanceof Error) method.call(this, { err: first }, redactText(String(more[0] ?? first.message)))
          else method.call(this, first, ...more)
        },
      },
    },
    pino.destination({ dest: file ?? 2, sync: true, append: true, mkdir: file !== undefined }),
  )
}

export const silentLog: Log = pino({ level: 'silent' })

function redacted(facts: Record<string, unknown>): Record<string, unknown> {
  const clean = redactJson(facts)
  return typeof clean === 'object' && clean !== null ? { ...clean } : {}
}
