/** `becket doctor compare` where at least one place is a running installation. Finds keys, asks, and hands over. */

import { readVariables } from '../../config/dotenv.ts'
import { environmentOfWord, type ServiceEnvironment } from '../../core/doctor/service-environment.ts'
import { makeRunKey } from '../../doctor/run-key.ts'
import { compareSides, type RunningComparison, type Side, type Told } from '../../doctor/running-comparison.ts'
import { keyIdOf, settingsKeyOf } from '../../engine/process-facts.ts'
import { UsageError } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { askRunning, shown } from './running-place.ts'

export type Place =
  | { kind: 'files'; name: string; environments: readonly ServiceEnvironment[] }
  | { kind: 'running'; url: string }

const COMPARE_KEY = 'BECKET_DOCTOR_COMPARE_KEY'

export async function compareRunning(
  io: CliIo,
  places: readonly Place[],
  flags: { manifest?: string; apiKey?: string },
): Promise<RunningComparison> {
  if (flags.manifest !== undefined) {
    throw new UsageError(
      'A manifest cannot be compared with a running Becket: it tells of its own settings only.',
      'Leave out --manifest, or compare files.',
    )
  }
  const urls = places.flatMap((place) => (place.kind === 'running' ? [place.url] : []))
  if (urls.length > 2) {
    throw new UsageError(
      'More than two running installations cannot be compared at once: each has a key of its own.',
      'Compare two at a time, the one that is known to work first.',
    )
  }
  const keys = await keysFor(io, urls, flags.apiKey)
  // Side by side: who waits for two waits for one. Each to its end, so that nothing is under way when one has failed.
  const asked = await Promise.allSettled(urls.map((url, index) => askRunning(io, url, keys[index])))
  const told = new Map<string, Told>()
  for (const [index, each] of asked.entries()) {
    if (each.status === 'rejected') throw each.reason
    told.set(urls[index] ?? '', each.value)
  }
  const sides = places.map((place): Side => {
    if (place.kind === 'files') return place
    const heard = told.get(place.url)
    if (heard === undefined) throw new Error('unreachable: every address was asked')
    return { kind: 'running', name: nameOf(place.url, heard, places, told), told: heard }
  })
  const written = await compareKeyFor(io, places)
  const key = written === null ? makeRunKey() : settingsKeyOf(written)
  const [first] = urls
  // Without files there is nothing to be made here: any key will do that both have.
  const keyId = places.some(({ kind }) => kind === 'files')
    ? written === null
      ? null
      : keyIdOf(key)
    : (told.get(first ?? '')?.instances[0]?.keyId ?? null)
  return compareSides(sides, key, keyId)
}

/** The last of two is the one behind BECKET_AGAINST_API_KEY; the key of one is never sent to the other. */
async function keysFor(
  io: CliIo,
  urls: readonly string[],
  given: string | undefined,
): Promise<readonly (string | undefined)[]> {
  const variables = await readVariables(io.env, io.cwd)
  const last = given ?? variables.get('BECKET_AGAINST_API_KEY')
  if (urls.length < 2) return [last]
  if (last !== undefined) return [undefined, last]
  throw new UsageError(
    `A key of ${shown(urls[1] ?? '')} is needed.`,
    `Set BECKET_AGAINST_API_KEY to it; the one of ${shown(urls[0] ?? '')} is BECKET_API_KEY.`,
  )
}

/** What the installation says of itself, unless two say the same. */
function nameOf(url: string, { environment }: Told, places: readonly Place[], told: ReadonlyMap<string, Told>): string {
  const taken = places.filter((place) =>
    place.kind === 'files'
      ? place.name === environment
      : place.url !== url && told.get(place.url)?.environment === environment,
  )
  return taken.length === 0 ? (environmentOfWord(environment) ?? environment) : `${environment} at ${shown(url)}`
}

/** Of the files, else of this process: the same that the running installation has. */
async function compareKeyFor(io: CliIo, places: readonly Place[]): Promise<string | null> {
  for (const place of places) {
    if (place.kind !== 'files') continue
    for (const { settings } of place.environments) {
      const setting = settings.get(COMPARE_KEY)
      if (setting?.kind === 'set') return setting.value
    }
  }
  return (await readVariables(io.env, io.cwd)).get(COMPARE_KEY) ?? null
}
