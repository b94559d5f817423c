/** `becket requests`: what went out to third parties, and how it was answered. */
import { requestQuerySchema } from '@becket/client'
import { formatDuration } from '../core/duration.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'
import type { Cell } from './output.ts'
import { readFilter, type Session, sayMore } from './remote.ts'

export async function listRequests(session: Session, flags: Record<string, unknown>): Promise<ExitCode> {
  const page = await session.becket.requests.list(readFilter(requestQuerySchema, flags))
  session.show(page, () => {
    const { output } = session
    if (page.items.length === 0) {
      output.line('No such requests.')
      return
    }
    output.table(
      ['request', 'source', 'for', 'method', 'answer', 'took', 'bytes', 'at', 'expectation', 'address'],
      page.items.map((each) => [
        each.id,
        each.source,
        each.operation,
        each.method,
        answerOf(each),
        formatDuration(each.tookMs),
        String(each.bytes),
        output.when(each.at),
        each.subject,
        each.url,
      ]),
    )
    sayMore(session, page.nextCursor)
  })
  return exitCodes.ok
}

function answerOf({ status, fault }: { status: number | null; fault: string | null }): Cell {
  if (fault !== null) return { text: fault, tone: 'bad' }
  return { text: String(status), ...(status !== null && status >= 400 && { tone: 'bad' as const }) }
}
