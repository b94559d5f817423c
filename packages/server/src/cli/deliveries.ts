/** `becket deliveries` and `becket sinks`: where results go, and delivering again by hand. */
import { type DeliverySummary, deliveryQuerySchema } from '@becket/client'
import { visible } from './demo/terminal-text.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { UsageError } from './failure.ts'
import { stateCell } from './output.ts'
import { readFilter, type Session, sayMore } from './remote.ts'

// 5 s: workers look every second.
const HELD_UP_MS = 5_000

export async function listDeliveries(session: Session, flags: Record<string, unknown>): Promise<ExitCode> {
  const page = await session.becket.deliveries.list(readFilter(deliveryQuerySchema, flags))
  session.show(page, () => {
    const { output } = session
    if (page.items.length === 0) {
      output.line(
        'No such deliveries. A job or call is delivered where its `deliverTo` says; becket sinks shows where.',
      )
      return
    }
    output.table(
      ['delivery', 'sink', 'result', 'of', 'state', 'tries', 'written', 'next', 'why'],
      page.items.map((each) => [
        each.id,
        each.sink,
        each.type,
        each.subject,
        stateCell(each.state),
        String(each.attempts),
        output.when(each.createdAt),
        output.when(each.dueAt),
        each.error === null ? null : `${each.error.code}: ${each.error.message}`,
      ]),
    )
    if (page.items.some((each) => isHeldUp(each, session.io.now()))) {
      output.line(
        'What is due and goes nowhere waits for its sink, or for an earlier result of the same work: becket sinks shows what is off, becket health what is paused.',
      )
    }
    sayMore(session, page.nextCursor)
  })
  return exitCodes.ok
}

/** Due for longer than it takes a worker to come round: its sink is off or left alone, or an earlier one is in its way. */
function isHeldUp({ state, dueAt }: DeliverySummary, now: number): boolean {
  return state === 'pending' && dueAt !== null && now - Date.parse(dueAt) > HELD_UP_MS
}

export async function showDelivery(session: Session, id: string): Promise<ExitCode> {
  const delivery = await session.becket.deliveries.get(id)
  session.show(delivery, () => {
    const { output } = session
    output.facts([
      ['delivery', delivery.id],
      ['sink', delivery.sink],
      ['result', delivery.type],
      ['of', delivery.subject],
      ['state', stateCell(delivery.state)],
      ['failed tries', String(delivery.attempts)],
      ['written', output.when(delivery.createdAt)],
      ['next try', output.when(delivery.dueAt)],
      ['ended', output.when(delivery.endedAt)],
      ['why', delivery.error === null ? null : `${delivery.error.code}: ${delivery.error.message}`],
      ['receipt', delivery.receipt === null ? null : JSON.stringify(delivery.receipt)],
    ])
    output.line()
    for (const line of JSON.stringify(delivery.result, null, 2).split('\n')) output.line(visible(line))
    if (delivery.state === 'dead') {
      output.line()
      output.line(`Mend the cause, then: becket deliveries redeliver ${id} --reason "…"`)
    }
  })
  return exitCodes.ok
}

export async function redeliver(
  session: Session,
  id: string | undefined,
  { reason, sink }: { reason: string; sink?: string },
): Promise<ExitCode> {
  if ((id === undefined) === (sink === undefined)) {
    throw new UsageError(
      'Which deliveries?',
      'Name one (becket deliveries redeliver dlv_…), or all dead ones of a sink (--sink ID).',
    )
  }
  const { deliveries } = session.becket
  if (id !== undefined) {
    const delivery = await deliveries.redeliver(id, { reason })
    session.show(delivery, () => session.output.line(`${id} is due again; becket deliveries show ${id}`))
    return exitCodes.ok
  }
  const redelivered = await deliveries.redeliverAll({ sink: sink ?? '', reason })
  session.show(redelivered, () => {
    const { deliveries: count } = redelivered
    session.output.line(
      count === 0 ? `Nothing of ${sink} is dead.` : `${count} due again; becket deliveries list --sink ${sink}`,
    )
  })
  return exitCodes.ok
}

export async function listSinks(session: Session): Promise<ExitCode> {
  const items = await session.becket.sinks.list()
  session.show({ items }, () => {
    const { output } = session
    if (items.length === 0) {
      output.line('No sinks: results stay here. Add one under `sinks:` in becket.yaml, and name it in `deliverTo`.')
      return
    }
    output.table(
      ['sink', 'kind', 'leads to', 'pending', 'oldest', 'dead'],
      items.map((each) => [
        each.enabled ? each.id : `${each.id} (off)`,
        each.kind,
        each.destination,
        String(each.pending),
        output.when(each.oldestPendingAt),
        each.dead === 0 ? '0' : { text: String(each.dead), tone: 'bad' },
      ]),
    )
  })
  return exitCodes.ok
}
