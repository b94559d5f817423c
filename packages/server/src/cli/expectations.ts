/** `becket expectations`: what providers have promised, and settling it by hand. */
import { type Expectation, expectationQuerySchema } from '@becket/client'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { UsageError } from './failure.ts'
import { type Output, stateCell } from './output.ts'
import { readFilter, type Session, sayMore } from './remote.ts'
import { factsOf } from './timeline.ts'

export async function listExpectations(session: Session, flags: Record<string, unknown>): Promise<ExitCode> {
  const filter = readFilter(expectationQuerySchema, { ...flags, overdue: flags.overdue === true ? 'true' : undefined })
  const page = await session.becket.expectations.list(filter)
  session.show(page, () => {
    const { output } = session
    if (page.items.length === 0) {
      output.line('No such expectations. They are made by jobs, and by apps that call becket.expect(); becket sources')
      return
    }
    output.table(
      ['expectation', 'source', 'operation', 'state', 'by', 'external id', 'registered', 'next check'],
      page.items.map((each) => [
        each.id,
        each.source,
        each.operation,
        stateCell(each.state),
        each.settledBy,
        each.externalId,
        output.when(each.registeredAt),
        output.when(each.nextCheckAt),
      ]),
    )
    sayMore(session, page.nextCursor)
  })
  return exitCodes.ok
}

export async function showExpectation(session: Session, id: string): Promise<ExitCode> {
  return told(session, await session.becket.expectations.get(id))
}

export async function checkExpectation(session: Session, id: string): Promise<ExitCode> {
  const expectation = await session.becket.expectations.check(id)
  session.show(expectation, () => session.output.line(`${id} will be checked now; becket expectations show ${id}`))
  return exitCodes.ok
}

export async function extendExpectation(
  session: Session,
  id: string,
  { by, deadline, reason }: { by?: string; deadline?: string; reason: string },
): Promise<ExitCode> {
  if ((by === undefined) === (deadline === undefined)) {
    throw new UsageError(
      'extend takes either --by or --deadline',
      'Say how much later (--by 2h), or until when (--deadline TIME).',
    )
  }
  const body = { reason, ...(by === undefined ? {} : { by }), ...(deadline === undefined ? {} : { deadline }) }
  return told(session, await session.becket.expectations.extend(id, body))
}

export async function settleExpectation(
  session: Session,
  id: string,
  verdict: 'succeeded' | 'failed',
  flags: { output?: string; error?: string; reason: string },
): Promise<ExitCode> {
  if (verdict === 'succeeded' && flags.error !== undefined) {
    throw new UsageError('--error goes with failed only', 'Leave it out, or settle as failed.')
  }
  if (verdict === 'failed' && flags.output !== undefined) {
    throw new UsageError('--output goes with succeeded only', 'Leave it out, or settle as succeeded.')
  }
  const body = {
    verdict,
    reason: flags.reason,
    ...(flags.output === undefined ? {} : { output: parseJson(flags.output) }),
    ...(flags.error === undefined ? {} : { error: { message: flags.error } }),
  }
  return told(session, await session.becket.expectations.settle(id, body))
}

export async function cancelExpectation(
  session: Session,
  id: string,
  { reason }: { reason: string },
): Promise<ExitCode> {
  return told(session, await session.becket.expectations.cancel(id, { reason }))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError('--output is not JSON', `Quote it for the shell, such as --output '{"url":"https://…"}'.`)
  }
}

function told(session: Session, expectation: Expectation): ExitCode {
  session.show(expectation, () => printExpectation(session.output, expectation))
  return exitCodes.ok
}

function printExpectation(output: Output, expectation: Expectation): void {
  output.facts([
    ['expectation', expectation.id],
    ['source', expectation.source],
    ['operation', expectation.operation],
    ['key', expectation.key],
    ['attempt', String(expectation.attempt)],
    ['state', stateCell(expectation.state)],
    ['settled by', expectation.settledBy],
    ['external id', expectation.externalId],
    ['job', expectation.jobId],
    ['registered', output.when(expectation.registeredAt)],
    ['submitted', output.when(expectation.submittedAt)],
    ['expected', output.when(expectation.expectBy)],
    ['deadline', output.when(expectation.deadline)],
    ['settled', output.when(expectation.settledAt)],
    ['dropped', expectation.prunedAt && `its input and outcome, ${output.when(expectation.prunedAt)}`],
    ['kept since', output.when(expectation.evidenceSince)],
    ['checks', String(expectation.checks)],
    ['next check', output.when(expectation.nextCheckAt)],
    ['why then', expectation.nextCheckWhy],
    ['requests', `becket requests list --subject ${expectation.id}`],
    ['error', expectation.error && { text: `${expectation.error.code}: ${expectation.error.message}`, tone: 'bad' }],
  ])
  if (expectation.evidence.length === 0) return
  output.line()
  output.table(
    ['evidence', 'origin', 'verdict', 'meant', 'observed', 'callback', 'detail'],
    expectation.evidence.map((each) => [
      each.id,
      each.origin,
      stateCell(each.verdict),
      each.relation,
      output.when(each.observedAt),
      each.callbackId,
      factsOf(each.detail),
    ]),
  )
}
