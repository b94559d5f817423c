/**
 * What became different about a running installation since its last good release. A release is good unless something grave
 * that is still open was first found when nothing but that release had changed.
 */
import type { Change } from '@becket/client/contract'

export interface ChangesSince {
  release: string
  /** When it came. */
  at: string
  /** Newest first. */
  changes: readonly Change[]
}

/**
 * `changes`: newest first. `failures`: when each grave finding that is open was first seen. Null: no good release is known.
 */
export function changesSinceGood(changes: readonly Change[], failures: readonly string[]): ChangesSince | null {
  const spoilt = new Set(failures.flatMap((seen) => releasesAt(changes, seen)))
  const good = changes.find(({ kind, present }) => kind === 'release' && !spoilt.has(present))
  if (good === undefined) return null
  const after = changes.slice(0, changes.indexOf(good))
  // What a process came with when it was the first of its kind is no change, and what came along with the release is the release.
  return {
    release: good.present,
    at: good.at,
    changes: after.filter(({ previous, instanceId }) => previous !== null && !isOf(good, instanceId)),
  }
}

/** The release that the last change before the failure was, or came along with. */
function releasesAt(changes: readonly Change[], seen: string): string[] {
  const last = changes.find(({ at }) => isBefore(at, seen))
  if (last === undefined) return []
  return changes.flatMap((each) =>
    each.kind === 'release' && (each.id === last.id || isOf(each, last.instanceId)) ? [each.present] : [],
  )
}

/** Both are written in one form, in UTC: their order as text is that of time. */
function isBefore(at: string, seen: string): boolean {
  return at <= seen
}

function isOf({ instanceId: own }: Change, instanceId: string | null): boolean {
  return own !== null && own === instanceId
}
