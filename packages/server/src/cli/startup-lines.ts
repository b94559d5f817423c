/** How a start goes, in lines for whoever watches it: one for each step that is ready, takes long or failed. */
import type { LogLevel } from '../config/process-options.ts'
import { describeDuration } from '../core/duration.ts'
import type { StartupEvent } from '../startup/startup.ts'

/** Whether somebody who asked for logs of this level wants to read it. */
export function isWanted({ kind }: StartupEvent, level: LogLevel): boolean {
  if (level === 'warn') return kind !== 'ready'
  return level === 'info' || level === 'debug' || level === 'trace'
}

/** Says the same failure once, however often it is tried again. */
export function createStartupLines(): (event: StartupEvent) => string | null {
  const told = new Map<string, string>()
  return (event) => {
    const { step } = event
    switch (event.kind) {
      case 'ready':
        told.delete(step)
        return event.wasAway ? `${step}: there again` : `${step}: ready after ${describeDuration(event.tookMs)}`
      case 'slow':
        return `${step}: no answer for ${describeDuration(event.afterMs)}; still waiting for it`
      case 'away': {
        const { reason, remedy } = event.fault
        if (told.get(step) === reason) return null
        told.set(step, reason)
        const effect = event.hard ? 'not ready until it is there' : `paused meanwhile: ${event.pauses}`
        return `${step}: ${reason}\n  ${effect}; tried again in ${describeDuration(event.retryMs)}. ${remedy}`
      }
      default:
        return event satisfies never
    }
  }
}
