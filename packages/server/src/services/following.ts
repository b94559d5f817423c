/**
 * Keeps up with expectations that somebody waits for here, by what this process's own transactions write: whoever is
 * answered from that need not read back what was written a moment ago. Whatever is told of an open expectation gives it a
 * new version, so that what somebody else wrote shows as one that is missing; from there on nothing is known here. Of one
 * that has ended, others may tell more without a new version: it is known as it ended, and not after that. Does not wait;
 * see `endings.ts`.
 */
import { isOpen } from '../core/expectation.ts'
import type { Recorded } from '../moves/report.ts'
import { type ExpectationStory, MAX_EVIDENCE } from '../store/expectation-reads.ts'

export interface Follower {
  /** As it stands after what was last written here; null before that, or where somebody else had a hand in it. */
  known(): ExpectationStory | null
  /** Nobody needs it any more: nothing is kept. */
  stop(): void
}

export interface Following {
  /** From how it stood at one moment. */
  follow(from: ExpectationStory): Follower
  /** After the commit. Told lazily: most of what is written, nobody here waits for. */
  recorded(expectationId: string, recorded: () => Recorded): void
}

interface Followed {
  story: ExpectationStory
  isNews: boolean
  isWhole: boolean
}

export function createFollowing(): Following {
  const following = new Map<string, Set<Followed>>()

  return {
    follow(from) {
      const { id } = from.row
      const followed: Followed = { story: from, isNews: false, isWhole: true }
      const all = following.get(id) ?? new Set()
      following.set(id, all.add(followed))
      return {
        known: () => (followed.isNews && followed.isWhole ? followed.story : null),
        stop() {
          all.delete(followed)
          if (all.size === 0 && following.get(id) === all) following.delete(id)
        },
      }
    },

    recorded(expectationId, recorded) {
      const all = following.get(expectationId)
      if (all === undefined) return
      const news = recorded()
      for (const followed of all) {
        const { row } = followed.story
        followed.isWhole &&= isOpen(row.state) && row.version === news.fromVersion
        if (!followed.isWhole) continue
        followed.isNews = true
        followed.story = continued(followed.story, news)
        followed.isWhole = followed.story.evidence.length <= MAX_EVIDENCE
      }
    },
  }
}

function continued({ row, evidence }: ExpectationStory, news: Recorded): ExpectationStory {
  return {
    row: {
      ...news.row,
      outcome: news.outcome ?? row.outcome,
      nextDueMs: nextDueOf(row.nextDueMs, news),
      prunedAtMs: null,
    },
    evidence: [...evidence, ...news.evidence],
  }
}

/** Whoever holds the wakeup says when it is due; whoever does not can only have it come sooner. */
function nextDueOf(before: number | null, { row, nextLook }: Recorded): number | null {
  if (!isOpen(row.state)) return null
  if (nextLook === null) return before
  return nextLook.isPutBack || before === null ? nextLook.dueMs : Math.min(before, nextLook.dueMs)
}
