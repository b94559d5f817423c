/** The frame of every command that speaks to a server: connects, runs, and prints JSON where a program reads. */
import type { Becket } from '@becket/client'
import type { z } from 'zod'
import { suggest } from '../core/suggest.ts'
import { type ConnectionFlags, connect } from './connection.ts'
import { UsageError } from './failure.ts'
import type { CliIo } from './io.ts'
import { createOutput, type Output } from './output.ts'

export interface RemoteFlags extends ConnectionFlags {
  json?: boolean
}

export interface Session {
  becket: Becket
  io: CliIo
  output: Output
  isJson: boolean
  /** The value as JSON for a program, else what `print` writes for a person. */
  show(value: unknown, print: () => void): void
}

export async function openSession(io: CliIo, flags: RemoteFlags): Promise<Session> {
  const becket = await connect(io, flags)
  const isJson = flags.json === true
  return {
    becket,
    io,
    output: createOutput(io),
    isJson,
    show(value, print) {
      if (isJson) io.out(JSON.stringify(value, null, 2))
      else print()
    },
  }
}

/** The flags of a list as the contract wants them, or a usage error that names the flag and what it takes. */
export function readFilter<Query>(schema: z.ZodType<Query>, flags: Record<string, unknown>): Query {
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const flag = `--${String(issue?.path[0] ?? '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  const value = String(given[String(issue?.path[0])])
  if (issue?.code === 'invalid_value') {
    const words = issue.values.map(String)
    const wrong = value.split(',').find((word) => !words.includes(word)) ?? value
    const near = suggest(wrong, words)
    const hint = `${near === undefined ? '' : `Did you mean ${near}? `}It takes ${words.join(', ')}.`
    throw new UsageError(`${flag} does not take "${wrong}"`, hint)
  }
  throw new UsageError(`${flag} does not take "${value}"`, issue?.message ?? 'becket help shows what it takes.')
}

/** The server judges statuses page by page: none on this one does not mean that there are none. */
export const NONE_ON_THIS_PAGE = 'None on this page; there may be some further on.'

/** Said below a page that is not the last. */
export function sayMore(session: Session, nextCursor: string | null): void {
  if (nextCursor !== null) session.output.line(session.output.paint('faint', `More with --cursor ${nextCursor}`))
}
