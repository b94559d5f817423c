/**
 * What a running process told of its settings, as an environment to be compared: with another that runs, or with files
 * whose fingerprints were made with the same key. It never sees a value.
 */
import type { InstanceSettings } from '@becket/client/contract'
import type { MarkedEnvironment } from '../../core/doctor/compare.ts'
import type { Mark } from '../../core/doctor/fingerprint.ts'

export interface RunningReading {
  environment: MarkedEnvironment
  /** What keeps the values from being compared; null: they can be. */
  incomparable: string | null
}

/** `keyId`: of the key that the others' fingerprints were made with. One service for each set of roles. */
export function readRunning(
  name: string,
  instances: readonly InstanceSettings[],
  keyId: string | null,
): RunningReading {
  const other = instances.find((each) => each.keyId === null || each.keyId !== keyId)
  const services = instances.map((instance) => ({
    service: serviceOf(instance),
    marks: new Map(
      instance.settings.map((setting): [string, Mark] => [
        setting.variable ?? setting.name,
        markOf(setting, instance.keyId !== null && instance.keyId === keyId),
      ]),
    ),
    // A process refuses names that it does not know.
    strangers: [],
  }))
  return {
    environment: { environment: name, services },
    incomparable:
      other === undefined
        ? null
        : `${other.instanceId} made its fingerprints with another key: give both installations the same doctor.compareKey.`,
  }
}

/** As the manifest calls one process that is all of them. */
function serviceOf({ roles }: InstanceSettings): string {
  const [only, ...others] = roles
  return only === undefined || others.length > 0 ? 'becket' : only
}

function markOf({ fingerprint, identity, origin }: InstanceSettings['settings'][number], isComparable: boolean): Mark {
  if (fingerprint === null) return { kind: 'absent' }
  if (origin === 'default') return { kind: 'absent', ...(isComparable && { byDefault: fingerprint }) }
  return isComparable ? { kind: 'set', value: fingerprint, identity } : { kind: 'unknown' }
}
