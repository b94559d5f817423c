/** Structured logs: facts with ids, one line per outcome, never payloads or secrets. */
import { type Logger, pino } from 'pino'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

export interface LogOptions {
  level: string
  /** Readable lines for a terminal; JSON lines elsewhere. */
  pretty?: boolean
}

export function createLog({ level }: LogOptions): Logger {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      // Last line of defence: these never belong into a log line.
      redact: { paths: ['*.authorization', '*.apiKey', '*.secret', '*.password', '*.token'], censor: '[redacted]' },
    },
    pino.destination(2),
  )
}

export const silentLog: Log = pino({ level: 'silent' })
