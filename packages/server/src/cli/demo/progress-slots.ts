/**
 * Which documents have a line of their own while there are more documents than lines. A document that ended makes room
 * for one that is still under way and is printed above, so that nothing is lost to sight. Does not know terminals.
 */
import { hasEnded, type ProgressStatus } from './work-progress.ts'

export interface ProgressSlots {
  /** The file on each line. */
  readonly lines: readonly string[]
  statusOf(file: string): ProgressStatus
  counts(): { ended: number; working: number; waiting: number }
  /** Null when nothing changed. Otherwise the files to print above for good, because they lost or never had a line. */
  update(file: string, status: ProgressStatus): readonly string[] | null
}

export function createProgressSlots(files: readonly string[], lineCount: number): ProgressSlots {
  const statuses = new Map<string, ProgressStatus>(files.map((file) => [file, 'waiting']))
  const lines = files.slice(0, Math.max(1, lineCount))
  const hidden = new Set(files.slice(lines.length))

  const statusOf = (file: string) => statuses.get(file) ?? 'waiting'

  /** One that moves says more than one that still waits. */
  function nextHidden(): string | undefined {
    for (const file of hidden) if (statusOf(file) !== 'waiting') return file
    return hidden.values().next().value
  }

  return {
    lines,
    statusOf,
    counts() {
      const counts = { ended: 0, working: 0, waiting: 0 }
      for (const status of statuses.values()) {
        counts[hasEnded(status) ? 'ended' : status === 'waiting' ? 'waiting' : 'working'] += 1
      }
      return counts
    },
    update(file, status) {
      const before = statuses.get(file)
      if (before === undefined || before === status || hasEnded(before)) return null
      statuses.set(file, status)
      if (!hasEnded(status)) return []
      if (hidden.delete(file)) return [file]
      const next = nextHidden()
      if (next === undefined) return []
      hidden.delete(next)
      lines[lines.indexOf(file)] = next
      return [file]
    },
  }
}
