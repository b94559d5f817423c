/** Asks a running installation what it runs with, for a comparison: its live processes, its changes, what is wrong with it. */
import { type Becket, BecketError } from '@becket/client'
import type { Told } from '../../doctor/running-comparison.ts'
import { connect } from '../connection.ts'
import { UsageError } from '../failure.ts'
import type { CliIo } from '../io.ts'

export function isAddress(place: string): boolean {
  return /^https?:\/\//i.test(place)
}

/** `apiKey` absent: as every command finds its key. */
export async function askRunning(io: CliIo, url: string, apiKey: string | undefined): Promise<Told> {
  const becket = await connect(io, { url, ...(apiKey !== undefined && { apiKey }) })
  try {
    return await ask(becket, url)
  } catch (error) {
    if (!(error instanceof BecketError)) throw error
    // Of two that were asked, the message must say which.
    if (error.status === 401 || error.status === 403) {
      throw new UsageError(
        `${shown(url)} refuses the key (${error.code}).`,
        `Give a key of ${shown(url)} with the role operator; becket doctor compare --help says which key is sent where.`,
      )
    }
    throw new UsageError(`${shown(url)} cannot be asked: ${error.detail}`, error.hint)
  }
}

async function ask(becket: Becket, url: string): Promise<Told> {
  const [health, changes, findings] = await Promise.all([
    becket.health(),
    becket.changes.list({ limit: 200 }),
    becket.findings.list({ status: ['fail'], severity: ['critical', 'error'], limit: 200 }),
  ])
  const alive = health.instances.filter(
    ({ stoppedAt, status }) => stoppedAt === null && status !== 'unknown' && status !== 'down',
  )
  const told = await Promise.all(alive.map(({ id }) => becket.instances.settings(id)))
  // In a database that two environments share, the processes of the other are seen as well.
  const instances = told.filter(
    ({ settings, environment }) => settings.length > 0 && environment === health.environment,
  )
  if (instances.length === 0) {
    throw new UsageError(
      `${shown(url)} has no live process that tells what it runs with.`,
      'becket health shows its processes; those of an older release do not tell it.',
    )
  }
  return {
    environment: health.environment,
    instances,
    changes: changes.items,
    failures: findings.items.map(({ firstSeen }) => firstSeen),
  }
}

/** Without what may be a secret in it. */
export function shown(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url
}
