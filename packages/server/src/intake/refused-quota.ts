/**
 * How much is kept of callbacks that failed verification: anybody can send those, so they get so many bytes per source
 * and day, and no more. Counted by this process; a restart begins anew.
 */
const DAY_MS = 86_400_000
// What a row costs beside its body: headers, URL, indexes.
const ROW_BYTES = 2_048

export function createRefusedQuota({ bytesPerDay, now }: { bytesPerDay: number; now: () => number }) {
  const used = new Map<string, { day: number; bytes: number }>()
  return {
    /** Counts the bytes if they fit. */
    admits(source: string, bodyBytes: number): boolean {
      const day = Math.floor(now() / DAY_MS)
      const before = used.get(source)
      const bytes = (before?.day === day ? before.bytes : 0) + bodyBytes + ROW_BYTES
      if (bytes > bytesPerDay) return false
      used.set(source, { day, bytes })
      return true
    },
  }
}
