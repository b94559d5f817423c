/**
 * How far back a lane looks for what is due. Everything below the mark was claimed when it was set, and whatever is written
 * later is due no earlier than the moment of its writing; so the mark follows the present at some distance. What was
 * written by a transaction that took longer than that distance is found by a look from the beginning, now and then.
 */
import type { Looked, RankReach } from '../store/claiming.ts'

// 5 s: a statement that waited for a lock or a slow disk has mostly committed by then; the others wait for the sweep.
const TRAIL_MS = 5_000

// 30 s: how late a late commit may be served. Each sweep may walk over all that a pinned snapshot keeps from vacuum.
export const SWEEP_EVERY_MS = 30_000

export interface WatermarkOptions {
  /** The ranks that the lane's rows have as far as this release knows; others are added as they are found. */
  ranks: readonly number[]
  /** 0: every look is from the beginning. */
  sweepEveryMs?: number
  clock?: () => number
}

export interface Watermark {
  /** True: it is time to look from the beginning, at every rank that there is. */
  isSweepDue(): boolean
  /** From the beginning again, these ranks included. */
  sweep(found: readonly number[]): void
  /** The highest first. */
  reach(): RankReach[]
  note(looked: Looked, limit: number): void
}

export function createWatermark({ ranks, sweepEveryMs = SWEEP_EVERY_MS, ...options }: WatermarkOptions): Watermark {
  const clock = options.clock ?? (() => performance.now())
  const marks = new Map<number, number | null>(ranks.map((rank) => [rank, null]))
  let sweptAt: number | null = null

  return {
    isSweepDue: () => sweptAt === null || clock() - sweptAt >= sweepEveryMs,

    sweep(found) {
      sweptAt = clock()
      for (const rank of [...marks.keys(), ...found]) marks.set(rank, null)
    },

    reach: () => [...marks].map(([rank, sinceMs]) => ({ rank, sinceMs })).sort((one, other) => other.rank - one.rank),

    note({ nowMs, found, last, nextMs }, limit) {
      // Something due is locked by somebody: it must not come to lie below the mark.
      if (nextMs === 0 && found.length < limit) return
      // Fewer than asked for: there was no more in any rank. Otherwise the ranks above the last one were seen to their
      // end, that one as far as its last row, and those below it not at all.
      const isWhole = found.length < limit
      for (const rank of marks.keys()) {
        if (isWhole || (last !== null && rank > last.rank)) marks.set(rank, nowMs - TRAIL_MS)
        else if (rank === last?.rank) marks.set(rank, last.dueMs - TRAIL_MS)
      }
    },
  }
}
