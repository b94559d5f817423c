/** Structured logs: facts with ids, one line per outcome, never payloads or secrets. */
import { type Logger, pino } from 'pino'

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
      // Last line of defence: these never belong into a log line.
      redact: { paths: ['*.authorization', '*.apiKey', '*.secret', '*.password', '*.token'], censor: '[redacted]' },
    },
    pino.destination({ dest: file ?? 2, sync: true, append: true, mkdir: file !== undefined }),
  )
}

export const silentLog: Log = pino({ level: 'silent' })
