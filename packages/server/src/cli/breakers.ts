/** `becket breakers`: which dependencies are left alone, and deciding that by hand. */
import type { Breaker } from '@becket/client'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { type Output, stateCell } from './output.ts'
import type { Session } from './remote.ts'

export async function listBreakers(session: Session): Promise<ExitCode> {
  const breakers = await session.becket.breakers.list()
  session.show({ items: breakers }, () => {
    const { output } = session
    if (breakers.length === 0) {
      output.line('No breakers: nothing is configured that could fail.')
      return
    }
    output.table(
      ['breaker', 'state', 'faults in a row', 'opened', 'since', 'next try', 'why'],
      breakers.map((each) => [
        each.name,
        stateCell(each.state),
        String(each.failures),
        `${each.openedCount}×`,
        output.when(each.openedAt),
        nextTry(each, output),
        each.reason,
      ]),
    )
  })
  return exitCodes.ok
}

export async function showBreaker(session: Session, name: string): Promise<ExitCode> {
  const breaker = await session.becket.breakers.get(name)
  session.show(breaker, () => printBreaker(session.output, breaker))
  return exitCodes.ok
}

export async function overrideBreaker(
  session: Session,
  name: string,
  state: Breaker['state'],
  { reason }: { reason: string },
): Promise<ExitCode> {
  const breaker = await session.becket.breakers.override(name, { state, reason })
  session.show(breaker, () => {
    printBreaker(session.output, breaker)
    session.output.line()
    session.output.line('Every process goes by it within five seconds.')
  })
  return exitCodes.ok
}

function printBreaker(output: Output, breaker: Breaker): void {
  output.facts([
    ['breaker', { text: breaker.name, tone: 'strong' }],
    ['state', stateCell(breaker.state)],
    ['faults in a row', String(breaker.failures)],
    ['opened', `${breaker.openedCount}×`],
    ['since', output.when(breaker.openedAt)],
    ['next try', nextTry(breaker, output)],
    ['why', breaker.reason],
  ])
}

function nextTry({ state, retryAt, name }: Breaker, output: Output): string | null {
  if (state !== 'open') return null
  return retryAt === null ? `held open by hand; becket breakers close ${name} --reason …` : output.when(retryAt)
}
