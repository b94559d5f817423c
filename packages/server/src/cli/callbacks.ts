/** `becket callbacks`: what providers sent, and reading it again. */
import { callbackQuerySchema } from '@becket/client'
import { visible } from './demo/terminal-text.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { stateCell } from './output.ts'
import { readFilter, type Session, sayMore } from './remote.ts'

export async function listCallbacks(session: Session, flags: Record<string, unknown>): Promise<ExitCode> {
  const { expectation: expectationId, ...others } = flags
  const page = await session.becket.callbacks.list(readFilter(callbackQuerySchema, { ...others, expectationId }))
  session.show(page, () => {
    const { output } = session
    if (page.items.length === 0) {
      output.line('No such callbacks. Providers send them to the addresses that becket sources shows.')
      return
    }
    output.table(
      ['callback', 'source', 'verdict', 'fate', 'bytes', 'received', 'expectation', 'adapter', 'why'],
      page.items.map((each) => [
        each.id,
        each.source,
        stateCell(each.verdict),
        stateCell(each.fate),
        String(each.bodyBytes),
        output.when(each.receivedAt),
        each.expectationId,
        each.adapter,
        each.fateReason ?? (each.verdict === 'refused' ? each.verdictReason : null),
      ]),
    )
    sayMore(session, page.nextCursor)
  })
  return exitCodes.ok
}

/** `raw`: the body alone, byte for byte, for a pipe. */
export async function showCallback(session: Session, id: string, { raw }: { raw?: boolean }): Promise<ExitCode> {
  if (raw === true) {
    session.io.outBytes(await session.becket.callbacks.body(id))
    return exitCodes.ok
  }
  const callback = await session.becket.callbacks.get(id)
  session.show(callback, () => {
    const { output } = session
    output.facts([
      ['callback', callback.id],
      ['source', callback.source],
      ['received', output.when(callback.receivedAt)],
      ['verdict', stateCell(callback.verdict)],
      ['', callback.verdictReason],
      ['fate', stateCell(callback.fate)],
      ['', callback.fateReason],
      ['unread by', callback.adapter],
      ['expectation', callback.expectationId],
      ['duplicate of', callback.duplicateOf],
    ])
    output.line()
    output.line(visible(`${callback.method} ${callback.url}`))
    for (const [name, value] of callback.headers) output.line(visible(`${name}: ${value}`))
    output.line()
    if (callback.encoding === 'utf8') for (const line of callback.body.split('\n')) output.line(visible(line))
    else output.line(`(${callback.bodyBytes} bytes that are not text; becket callbacks show ${id} --raw > FILE)`)
  })
  return exitCodes.ok
}

export async function replayCallback(session: Session, id: string): Promise<ExitCode> {
  const replay = await session.becket.callbacks.replay(id)
  session.show(replay, () => session.output.line(`${id} will be read again now; becket callbacks show ${id}`))
  return exitCodes.ok
}

/** All that are quarantined, those of a source, or those named. */
export async function releaseCallbacks(
  session: Session,
  ids: readonly string[],
  { source, dryRun, reason }: { source?: string; dryRun?: boolean; reason: string },
): Promise<ExitCode> {
  const released = await session.becket.callbacks.release({
    reason,
    ...(source === undefined ? {} : { source }),
    ...(ids.length === 0 ? {} : { ids: [...ids] }),
    ...(dryRun === true ? { dryRun } : {}),
  })
  session.show(released, () => {
    const { output } = session
    if (released.groups.length > 0) {
      output.table(
        ['callbacks', 'source', 'unread by', 'read now by'],
        released.groups.map((each) => [String(each.callbacks), each.source, each.adapter, each.presentAdapter]),
      )
      output.line()
    }
    for (const id of released.notQuarantined) output.line(visible(`${id} is not quarantined, or unknown`))
    output.line(
      released.released === 0
        ? 'Nothing is quarantined that fits; becket callbacks list --fate quarantined'
        : released.dryRun
          ? `${released.released} would be read again; nothing was changed`
          : `${released.released} will be read again now; becket callbacks list --fate quarantined shows what still cannot be`,
    )
  })
  return released.notQuarantined.length === 0 ? exitCodes.ok : exitCodes.failed
}
