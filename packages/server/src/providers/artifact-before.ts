/** Asks a source, before its work is submitted, what lies where the output will be. Never fails: not to know is an answer. */
import type { ArtifactBefore } from '../core/artifact-before.ts'
import type { Log } from '../observe/log.ts'
import { type Deadline, startDeadline } from '../outbound/deadline.ts'
import type { Expected } from './provider.ts'
import type { Source } from './sources.ts'

// 3 s: who hands work in waits for this.
const LOOK_MS = 3_000

/** Null: the source knows no address before the provider has answered. */
export async function lookBeforeSubmit(
  source: Source,
  expected: Expected,
  { signal, log }: { signal?: AbortSignal; log?: Pick<Log, 'warn'> } = {},
): Promise<ArtifactBefore | null> {
  if (source.api.artifactBefore === undefined) return null
  const over = new AbortController()
  let deadline: Deadline | null = null
  try {
    const looking = source.api.artifactBefore(expected, over.signal)
    if (looking === null) return null
    deadline = startDeadline(signal ?? over.signal, LOOK_MS)
    deadline.onOver(() => over.abort())
    if (deadline.cause() !== null) over.abort()
    return await looking
  } catch (error) {
    log?.warn({ expectationId: expected.id, source: source.id, err: error }, 'nobody saw what lay there before')
    return { kind: 'unknown' }
  } finally {
    deadline?.release()
  }
}
