/**
 * Fingerprints of values, to tell whether two are equal and nothing else. Keyed, since a plain hash of a short value can
 * be tried out; apart for each purpose and variable, so that what is equal in two places does not show it.
 */
import { createHmac } from 'node:crypto'
import { databaseIdentity } from './database-address.ts'
import { type Look, readVariable } from './service-environment.ts'

export type Mark =
  /**
   * `identity`: of what an address leads to, by whichever way; null where that is the value itself. `byDefault`: what a
   * service runs with where nobody set anything.
   */
  | { kind: 'set'; value: string; identity: string | null }
  | { kind: 'absent'; byDefault?: string }
  /** `isSet`: there is a value, and it cannot be compared. */
  | { kind: 'unknown'; isSet?: true }

export type FingerprintPurpose = 'value' | 'identity'

// 128 bits: no two values will ever meet by chance.
const HEX_DIGITS = 32

export function fingerprintOf(key: Uint8Array, purpose: FingerprintPurpose, name: string, value: string): string {
  // As JSON, the parts cannot run into each other.
  const message = JSON.stringify(['becket doctor', 1, purpose, name, value])
  return createHmac('sha256', key).update(message).digest('hex').slice(0, HEX_DIGITS)
}

/** What one service runs with, by the first name of each variable: the names that it goes by elsewhere do not matter. */
export function markVariables(look: Look, key: Uint8Array): Map<string, Mark> {
  return new Map(
    look.service.variables.map((rule): [string, Mark] => {
      const reading = readVariable(look.environment, rule)
      if (reading.kind === 'absent') {
        const byDefault =
          rule.default === null ? {} : { byDefault: fingerprintOf(key, 'value', rule.name, rule.default) }
        return [rule.name, { kind: 'absent', ...byDefault }]
      }
      if (reading.kind === 'referenced') return [rule.name, { kind: 'unknown' }]
      const identity = rule.format.kind === 'postgres-url' ? databaseIdentity(reading.value) : null
      return [
        rule.name,
        {
          kind: 'set',
          value: fingerprintOf(key, 'value', rule.name, reading.value),
          identity: identity === null ? null : fingerprintOf(key, 'identity', rule.name, identity),
        },
      ]
    }),
  )
}

/** Whether two marks stand for one thing; null where one of them cannot be seen. */
export function isSameThing(one: Mark, other: Mark): boolean | null {
  if (one.kind === 'unknown' || other.kind === 'unknown') return null
  if (one.kind === 'absent' || other.kind === 'absent') return one.kind === other.kind
  return one.identity !== null && other.identity !== null ? one.identity === other.identity : one.value === other.value
}
