/** What this process was given, with the `.env` of its directory below it: as the server itself reads them. */
import type { ServiceEnvironment, Setting } from '../../core/doctor/service-environment.ts'
import { VARIABLE_NAME } from './file-reading.ts'

export function processEnvironment(
  service: string,
  env: Readonly<Record<string, string | undefined>>,
  below: ReadonlyMap<string, Setting>,
): ServiceEnvironment {
  const settings = new Map(below)
  for (const [name, value] of Object.entries(env)) {
    // Set to nothing is as good as not set, for the server too.
    if (value === undefined || value.trim() === '' || !VARIABLE_NAME.test(name)) continue
    settings.set(name, { kind: 'set', value, origin: 'this process' })
  }
  return { service, environment: null, settings, isWhole: false }
}
