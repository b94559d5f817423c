/** `becket changes`: what became different about the running system, and when. */
import { type Change, changeQuerySchema } from '@becket/client'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { readFilter, type Session, sayMore } from './remote.ts'

export async function listChanges(session: Session, flags: Record<string, unknown>): Promise<ExitCode> {
  const page = await session.becket.changes.list(readFilter(changeQuerySchema, flags))
  session.show(page, () => {
    const { output } = session
    if (page.items.length === 0) {
      output.line('No such changes.')
      return
    }
    output.table(
      ['change', 'at', 'kind', 'of', 'from', 'to', 'by', 'what'],
      page.items.map((each) => [
        each.id,
        output.when(each.at),
        each.kind,
        each.subject,
        each.previous,
        each.present,
        each.by,
        whatOf(each),
      ]),
    )
    sayMore(session, page.nextCursor)
  })
  return exitCodes.ok
}

/** `release of worker: 1.2.0 → 1.3.0`, for a line of prose. */
export function changeInWords({ kind, subject, previous, present }: Change): string {
  return `${kind} of ${subject}: ${previous === null ? '' : `${previous} → `}${present}`
}

function whatOf({ detail }: Change): string | null {
  const { settings, reason } = detail
  if (Array.isArray(settings)) return settings.join(', ')
  return typeof reason === 'string' ? reason : null
}
