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

/**
 * `keyId`: of the key that the others' fingerprints were made with. One service for each set of roles; where roles stand
 * apart elsewhere, one for each role. Of several processes that do the same, the first speaks: the server compares its own.
 */
export function readRunning(
  name: string,
  instances: readonly InstanceSettings[],
  keyId: string | null,
  isApart = false,
): RunningReading {
  const other = instances.find((each) => each.keyId === null || each.keyId !== keyId)
  const services = instances.flatMap((instance) => {
    const marks = new Map(
      instance.settings.map((setting): [string, Mark] => [
        setting.variable ?? setting.name,
        markOf(setting, instance.keyId !== null && instance.keyId === keyId),
      ]),
    )
    // A process refuses names that it does not know.
    return servicesOf(instance, isApart).map((service) => ({ service, marks, strangers: [] }))
  })
  return {
    environment: {
      environment: name,
      services: services.filter(
        ({ service }, index) => services.findIndex((each) => each.service === service) === index,
      ),
    },
    incomparable:
      other === undefined
        ? null
        : `${other.instanceId} made its fingerprints with another key: give both installations the same doctor.compareKey.`,
  }
}

/** Whether one of its processes does the work of one role alone. */
export function isDivided(instances: readonly InstanceSettings[]): boolean {
  return instances.some(({ roles }) => roles.length === 1)
}

/** As the manifest calls one process that is all of them. */
function servicesOf({ roles }: InstanceSettings, isApart: boolean): readonly string[] {
  return isApart || roles.length === 1 ? roles : ['becket']
}

function markOf({ fingerprint, identity, origin }: InstanceSettings['settings'][number], isComparable: boolean): Mark {
  if (fingerprint === null) return { kind: 'absent' }
  if (origin === 'default') return { kind: 'absent', ...(isComparable && { byDefault: fingerprint }) }
  return isComparable ? { kind: 'set', value: fingerprint, identity } : { kind: 'unknown', isSet: true }
}
