/**
 * What has been started, and stopping it from its end. Starting and stopping may each be asked for more than once, and
 * a stop may come while the start is under way.
 */
import type { Log } from './observe/log.ts'

export interface Lifecycle {
  start(): Promise<void>
  stop(): Promise<void>
}

/** Notes that a part runs: it is stopped before all that were noted earlier. */
export type Started = (name: string, stop: () => Promise<unknown>) => void

export interface LifecycleOptions {
  log: Log
  /** What is noted is safe to stop before it runs. `stopping` aborts as soon as a stop is asked for. */
  start(started: Started, stopping: AbortSignal): Promise<void>
}

export function createLifecycle({ log, start }: LifecycleOptions): Lifecycle {
  const parts: { name: string; stop: () => Promise<unknown> }[] = []
  let starting: Promise<void> | undefined
  let stopping: Promise<void> | undefined
  const told = new AbortController()

  async function stop(): Promise<void> {
    told.abort(new Error('stopped while starting'))
    // Its failure is told to whoever started it.
    await starting?.catch(() => {})
    for (let last = parts.pop(); last !== undefined; last = parts.pop()) {
      const { name, stop: stopPart } = last
      const beganMs = performance.now()
      // One that cannot stop must not keep the others running.
      await stopPart().catch((error: unknown) => log.error({ part: name, err: error }, 'a part did not stop in order'))
      log.debug({ part: name, tookMs: Math.round(performance.now() - beganMs) }, 'stopped')
    }
  }

  return {
    start() {
      starting ??= start((name, stopPart) => void parts.push({ name, stop: stopPart }), told.signal)
      return starting
    },
    stop() {
      stopping ??= stop()
      return stopping
    },
  }
}
