/** `becket sources`: the configured accounts at providers, and where they are to call back. */
import type { SourceOperation } from '@becket/client'
import { formatDuration } from '../core/duration.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'
import type { Session } from './remote.ts'

export async function listSources(session: Session): Promise<ExitCode> {
  const sources = await session.becket.sources.list()
  session.show({ items: sources }, () => {
    const { output } = session
    if (sources.length === 0) {
      output.line('No sources. Add one under `sources:` in becket.yaml, start the server again, and see becket config.')
      return
    }
    for (const [index, source] of sources.entries()) {
      if (index > 0) output.line()
      output.facts([
        ['source', { text: source.id, tone: 'strong' }],
        ['provider', source.provider],
        ['verify', source.verify],
        ['callbacks', source.callbackUrl],
        ...source.paths.map((path) => ['and', path] as const),
        [
          'rate',
          source.rate && `${source.rate.perSecond} a second, ${source.rate.burst} at once; all processes together`,
        ],
        ['paused', source.pausedUntil && `until ${output.when(source.pausedUntil)}: ${source.pauseReason ?? ''}`],
        ...source.operations.map((operation) => ['operation', describeOperation(operation)] as const),
      ])
    }
  })
  return exitCodes.ok
}

function describeOperation(operation: SourceOperation): string {
  const { name, expectWithinMs, deadlineMs, plan, resubmit, concurrency, inHand, heldBack } = operation
  const limit = concurrency === null ? '' : ` of at most ${concurrency}`
  const waiting = heldBack === 0 ? '' : `, ${heldBack} held back`
  return [
    `${name}: expected within ${formatDuration(expectWithinMs)}`,
    `given up after ${formatDuration(deadlineMs)}`,
    `plan ${plan}`,
    `resubmit ${resubmit}`,
    `${inHand}${limit} in hand${waiting}`,
  ].join(', ')
}
