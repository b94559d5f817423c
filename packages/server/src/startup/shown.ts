/** A start as the contract shows it. */
import type { Paused, StartupStep } from '@becket/client/contract'
import { AppError } from '../core/error.ts'
import { awayOf, type StepState } from '../core/startup.ts'
import type { StartupView } from '../services/health.ts'
import type { Startup } from './startup.ts'

/** `instance`: the id of this process. */
export function showStartup(startup: Startup, instance: string): StartupView {
  return { instance, steps: () => shownSteps(startup), paused: () => shownPauses(startup, instance) }
}

function shownSteps({ steps, stateOf }: Startup): StartupStep[] {
  return steps.map(({ name, hard, pauses }) => {
    const state = stateOf(name)
    const away = awayOf(state)
    return {
      name,
      kind: hard ? 'hard' : 'soft',
      // Being tried again, it is still away.
      state: away === null ? (state?.state ?? 'waiting') : 'away',
      since: time(away?.sinceMs ?? state?.sinceMs ?? 0),
      reason: away?.fault.reason ?? null,
      nextTryAt: nextTry(state),
      remedy: away?.fault.remedy ?? null,
      pauses,
    }
  })
}

/** What has to wait because this process cannot reach something. */
function shownPauses(startup: Startup, instance: string): Paused[] {
  return shownSteps(startup)
    .filter(({ kind, state }) => kind === 'soft' && state === 'away')
    .map(({ name, pauses, since, reason, nextTryAt }) => ({
      dependency: name,
      capability: pauses,
      since,
      reason,
      nextTryAt,
      instance,
    }))
}

/** What whoever asks before all is ready is told; null when it is. */
export function refusalOf(startup: Startup): AppError | null {
  const { isReady, missing } = startup.standing()
  if (isReady) return null
  const untilMs = missing.flatMap(({ name }) => startup.pausedUntil(name)?.untilMs ?? [])
  const retryAfterMs = Math.max(1_000, Math.min(...untilMs.map((ms) => ms - Date.now()), SOON_MS))
  const names = missing.map(({ name }) => name).join(', ')
  return new AppError('UNAVAILABLE', `Becket is not ready; missing: ${names}`, { retryAfterMs })
}

// 5 s: as long as the usual start of a database.
const SOON_MS = 5_000

const nextTry = (state: StepState | undefined) => (state?.state === 'away' ? time(state.nextTryMs) : null)

const time = (ms: number) => new Date(ms).toISOString()
