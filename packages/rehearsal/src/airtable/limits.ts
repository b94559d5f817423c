/** Airtable's two limits, and the lockout that follows who passes them. Pure but for the clock it is given. */

export interface LimitOptions {
  /** Requests a second, of one base and of the key. */
  perBase: number
  perKey: number
  lockoutMs: number
  now: () => number
}

export interface Limits {
  /** Counts this request. Its place is also where a lockout begins. */
  admits(base: string): boolean
  /** From now on, as if the limit had been passed. */
  lock(base: string): void
}

const WINDOW_MS = 1000
// No base has this name.
const KEY = '*'

export function createLimits({ perBase, perKey, lockoutMs, now }: LimitOptions): Limits {
  const lockedUntil = new Map<string, number>()
  const recent = new Map<string, number[]>()

  function counts(name: string, most: number): boolean {
    const since = now() - WINDOW_MS
    const times = (recent.get(name) ?? []).filter((at) => at > since)
    times.push(now())
    recent.set(name, times)
    if (times.length <= most) return true
    lockedUntil.set(name, now() + lockoutMs)
    // Who waits for the end of the lockout begins anew.
    recent.delete(name)
    return false
  }

  const isLocked = (name: string) => (lockedUntil.get(name) ?? 0) > now()

  return {
    admits(base) {
      if (isLocked(KEY) || isLocked(base)) return false
      const isKeyAdmitted = counts(KEY, perKey)
      return counts(base, perBase) && isKeyAdmitted
    },
    lock(base) {
      lockedUntil.set(base, now() + lockoutMs)
    },
  }
}
