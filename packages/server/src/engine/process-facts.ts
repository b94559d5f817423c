/**
 * What a process tells of itself when it comes: what it runs with, as keyed fingerprints. The key stands outside of the
 * database, so that a copy of the database tells nothing of the values. Keeps no value.
 */
import type { Config } from '../config/config.ts'
import { manifestVersion, type Setting } from '../config/settings.ts'
import { databaseIdentity } from '../core/doctor/database-address.ts'
import { fingerprintOf } from '../core/doctor/fingerprint.ts'
import { describeFeatures } from '../core/feature.ts'
import type { SettingRow } from '../store/instance-settings.ts'

export interface ProcessFacts {
  node: string
  environment: string
  /** Of the names that this release knows. */
  manifest: string
  /** What not everybody has, in words. */
  features: string
  /** Names the key: what was made with another one cannot be compared. */
  settingsKey: string
  settings: readonly SettingRow[]
  /** Of server, database and schema, as the database tells them. */
  fingerprintDatabase(plain: string): string
}

/** `serverKey` serves where no key was configured for comparing installations. */
export function createProcessFacts(
  { doctor, environment, features }: Pick<Config, 'doctor' | 'environment' | 'features'>,
  settings: readonly Setting[],
  serverKey: string,
): ProcessFacts {
  const key = settingsKeyOf(doctor.compareKey ?? serverKey)
  return {
    node: process.versions.node,
    environment,
    manifest: manifestVersion(),
    features: describeFeatures(features),
    settingsKey: keyIdOf(key),
    settings: settings.map(({ name, variable, value, origin }) => {
      // As the manifest of an environment names it, so that a file can be compared with what runs.
      const named = variable ?? name
      const leadsTo = value !== null && name === 'database.url' ? databaseIdentity(value) : null
      return {
        name,
        variable,
        fingerprint: value === null ? null : fingerprintOf(key, 'value', named, value),
        identity: leadsTo === null ? null : fingerprintOf(key, 'identity', named, leadsTo),
        origin,
      }
    }),
    fingerprintDatabase: (plain) => fingerprintOf(key, 'identity', 'database', plain),
  }
}

/** The same bytes wherever the same text is configured. */
export function settingsKeyOf(text: string): Buffer {
  return Buffer.from(text, 'utf8')
}

/** Tells two keys apart, and nothing of either. */
export function keyIdOf(key: Uint8Array): string {
  return fingerprintOf(key, 'identity', 'the key itself', '').slice(0, 8)
}
