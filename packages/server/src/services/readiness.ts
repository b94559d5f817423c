/**
 * Whether this process can take requests: what its start still lacks, and after that whether the database answers. One that
 * can do its duty without the database is ready meanwhile: sent away from it, nobody would get to the disk that keeps them.
 */
import type { Readiness, StartupStep } from '@becket/client/contract'
import type { Queryable } from '../db/db.ts'
import { time } from './paging.ts'

const READY_WITHIN_MS = 2_000

export interface ReadinessOptions {
  db: Queryable
  steps: () => readonly StartupStep[]
  /** Whether it can do without the database now; absent: it cannot. */
  isReadyAlone?: () => boolean
}

export function createReadiness({ db, steps, isReadyAlone = () => false }: ReadinessOptions) {
  let asking: Promise<string | null> | undefined
  let lostSinceMs: number | null = null

  async function ready(): Promise<Readiness> {
    const shown = steps().map(withoutAddress)
    const missing = shown.filter(({ kind, state }) => kind === 'hard' && state !== 'ready')
    if (missing.length > 0) return away(missing.map(inWords), shown)
    const fault = await databaseFault()
    if (fault === null) {
      lostSinceMs = null
      return { status: 'ready', missing: [], steps: shown }
    }
    lostSinceMs ??= Date.now()
    const since = time(lostSinceMs)
    const lostSteps = shown.map((step) => (step.name === 'database' ? { ...step, ...lost(fault, since) } : step))
    return away([`database: ${fault}`], lostSteps)
  }

  function away(missing: string[], shown: StartupStep[]): Readiness {
    return isReadyAlone()
      ? { status: 'ready', missing: [], steps: shown }
      : { status: 'not-ready', missing, steps: shown }
  }

  /** One question at a time: a database that does not answer must not be left with a queue of them. */
  async function databaseFault(): Promise<string | null> {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve(`no answer within ${READY_WITHIN_MS} ms`), READY_WITHIN_MS)
    })
    const answer = await Promise.race([asking, late])
    clearTimeout(timer)
    return answer
  }

  async function ask(): Promise<string | null> {
    try {
      await db.query('select 1')
      return null
    } catch (error) {
      return hideAddresses(error instanceof Error ? error.message : String(error))
    }
  }

  return ready
}

/** Whoever asks has no key: where our dependencies are, and as whom we go there, is for those who have one. */
function withoutAddress(step: StartupStep): StartupStep {
  return step.reason === null ? step : { ...step, reason: hideAddresses(step.reason) }
}

const URLS = /\b[a-z][a-z0-9+.-]*:\/\/[^\s,;]+/gi
// A release such as 0.1.0 is no host: names end in letters, and addresses have four numbers.
const HOSTS = /\[[0-9a-f:]+\](?::\d+)?|\b(?:localhost|(?:[\w-]+\.)+[a-z][\w-]*|\d+\.\d+\.\d+\.\d+)(?::\d+)?\b/gi

function hideAddresses(text: string): string {
  return text.replace(URLS, '(address)').replace(HOSTS, '(address)')
}

function lost(reason: string, since: string) {
  const remedy = 'Check that the database runs and can be reached; this process goes on by itself.'
  return { state: 'away', reason, since, nextTryAt: null, remedy } as const
}

function inWords({ name, state, reason, remedy, nextTryAt }: StartupStep): string {
  if (state !== 'away') return `${name}: ${state === 'waiting' ? 'waits for what comes before it' : 'is starting'}`
  const next = nextTryAt === null ? 'being tried again now' : `tried again at ${nextTryAt}`
  return `${name}: ${reason ?? 'away'}; ${next}. ${remedy ?? ''}`.trimEnd()
}
