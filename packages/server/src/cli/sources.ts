/** `becket sources`: the configured accounts at providers, and where they are to call back. */
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
        ...source.operations.map(
          ({ name, expectWithinMs, deadlineMs, plan, resubmit }) =>
            [
              'operation',
              `${name}: expected within ${formatDuration(expectWithinMs)}, given up after ${formatDuration(deadlineMs)}, plan ${plan}, resubmit ${resubmit}`,
            ] as const,
        ),
      ])
    }
  })
  return exitCodes.ok
}
