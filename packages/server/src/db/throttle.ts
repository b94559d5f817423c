/** Lets one call per key through at once, and one more at the end of the interval if it was asked again meanwhile. */

export interface Throttle {
  ask(key: string): void
  stop(): void
}

export function createThrottle(options: { intervalMs: number; send: (key: string) => Promise<void> }): Throttle {
  // A key is here while its interval runs; `again` if somebody asked in it.
  const running = new Map<string, { again: boolean; timer: NodeJS.Timeout }>()
  let stopped = false

  return {
    ask(key) {
      if (stopped) return
      const interval = running.get(key)
      if (interval !== undefined) interval.again = true
      else pass(key)
    },
    stop() {
      stopped = true
      for (const { timer } of running.values()) clearTimeout(timer)
      running.clear()
    },
  }

  function pass(key: string): void {
    running.set(key, { again: false, timer: setTimeout(() => end(key), options.intervalMs) })
    void options.send(key)
  }

  function end(key: string): void {
    const again = running.get(key)?.again === true
    running.delete(key)
    if (again) pass(key)
  }
}
