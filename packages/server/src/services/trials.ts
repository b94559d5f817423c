/** Looking at the running system: its processes, its schema, its storage and its keys. Moves nothing. */
import { ownSettings } from '../config/settings.ts'
import { anyCheckOf } from '../core/doctor/running-checks.ts'
import type { Db } from '../db/db.ts'
import { migrationState } from '../db/migrate.ts'
import { type KeyHolder, probeProvider, probeSink } from '../doctor/probes/keys.ts'
import type { ProbeReport } from '../doctor/probes/report.ts'
import { probeStorage } from '../doctor/probes/storage.ts'
import type { Storage } from '../storage/storage.ts'
import { differingSettings } from '../store/instance-settings.ts'
import { type InstanceRow, listInstances } from '../store/instances.ts'
import { type Found, foundAt, type Trial } from './examination.ts'

// 10 s: as in `health.ts`, five stamps missed.
const SILENT_MS = 10_000
const SHOWN_NAMES = 10

const roles = ['intake', 'api', 'worker'] as const

export function rolesTrial(db: Db): Trial {
  return {
    name: 'roles',
    checks: ['RUN01', 'RUN02'],
    async attempt() {
      const alive = (await listInstances(db)).filter(isAlive)
      const ofRoles = roles.map((role) => {
        const having = alive.filter((row) => row.roles.includes(role)).length
        if (having > 0) return foundAt('RUN01', role, 'pass', `${having} ${role} alive.`)
        return foundAt(
          'RUN01',
          role,
          'fail',
          `No live ${role} is registered in this database: none runs, or it works on another one.`,
          {
            remedy: `Start it: becket serve --roles ${role}. If it runs, compare its DATABASE_URL with the one here.`,
          },
        )
      })
      const releases = [...new Set(alive.map(({ release }) => release))].sort()
      const said = releases.join(' and ')
      return [
        ...ofRoles,
        releases.length > 1
          ? foundAt('RUN02', 'release', 'fail', `Live processes run ${said}.`)
          : foundAt('RUN02', 'release', 'pass', `All live processes run ${said}.`),
      ]
    },
  }
}

export function agreementTrial(db: Db): Trial {
  return {
    name: 'settings',
    checks: ['RUN07'],
    async attempt() {
      const alive = (await listInstances(db)).filter(isAlive)
      const [first] = alive
      const other = alive.find(({ configuration }) => configuration !== first?.configuration)
      if (first === undefined) return [foundAt('RUN07', 'configuration', 'unknown', 'No live process is registered.')]
      if (other === undefined) {
        return [foundAt('RUN07', 'configuration', 'pass', 'All live processes agree.')]
      }
      const names = (await differingSettings(db, first.id, other.id)).filter((name) => !ownSettings.has(name))
      const listed = names.slice(0, SHOWN_NAMES).join(', ')
      const more = names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : ''
      const what = names.length === 0 ? 'somewhere' : `in ${listed}${more}`
      return [foundAt('RUN07', 'configuration', 'fail', `${shownAs(first)} and ${shownAs(other)} differ ${what}.`)]
    },
  }
}

export function schemaTrial(db: Db): Trial {
  return {
    name: 'schema',
    checks: ['RUN03'],
    async attempt() {
      const { version, latest, pending } = await migrationState(db)
      if (pending.length === 0) return [foundAt('RUN03', 'schema', 'pass', `Migration ${version} of ${latest}.`)]
      return [foundAt('RUN03', 'schema', 'fail', `Migration ${version} of ${latest}; pending: ${pending.join(', ')}.`)]
    },
  }
}

export function storageTrial(storage: Storage, service: string): Trial {
  return {
    name: 'storage',
    checks: ['STO01', 'HOST01'],
    service,
    async attempt(_request, signal) {
      const found = foundBy(await probeStorage(storage, { signal }), service)
      if (found.some(({ check }) => check === 'HOST01')) return found
      return [...found, foundAt('HOST01', 'storage', 'pass', 'Nothing was refused for want of room.', { service })]
    },
  }
}

export interface Holders {
  sources: readonly KeyHolder[]
  sinks: readonly KeyHolder[]
}

/** A holder that is off, or has no request that only proves its key, is not asked. */
export function keysTrial({ sources, sinks }: Holders, service: string): Trial {
  return {
    name: 'keys',
    checks: ['KEY01'],
    service,
    async attempt(_request, signal) {
      const asks = ({ enabled, api }: KeyHolder) => enabled && api.ping !== undefined
      const probes = await Promise.all([
        ...sources.filter(asks).map((each) => probeProvider(each, { signal })),
        ...sinks.filter(asks).map((each) => probeSink(each, { signal })),
      ])
      const found = foundBy(
        probes.flatMap(({ reports }) => reports),
        service,
      )
      return found.length > 0 ? found : [foundAt('KEY01', 'keys', 'pass', 'No key to prove.', { service })]
    },
  }
}

/** One finding for each target and check: what failed is what is said of it, else all that passed. */
function foundBy(reports: readonly ProbeReport[], service: string): Found[] {
  const places = new Map<string, ProbeReport[]>()
  for (const report of reports) {
    const place = `${report.target}/${report.code}`
    places.set(place, [...(places.get(place) ?? []), report])
  }
  return [...places.values()].flatMap((here) => {
    const worst = here.find(({ status }) => status === 'fail') ?? here.find(({ status }) => status === 'unknown')
    const [first] = here
    if (first === undefined || !isKnown(first.code)) return []
    const said = (worst === undefined ? here : [worst]).map(({ rung, evidence }) => `${rung}: ${evidence}`)
    const remedy = worst?.remedy ?? null
    const whole = said.join('; ')
    const evidence = /[.?!]$/.test(whole) ? whole : `${whole}.`
    return [
      foundAt(first.code, first.target, worst?.status ?? 'pass', evidence, {
        service,
        ...(remedy !== null && { remedy }),
      }),
    ]
  })
}

/** What only the doctor of a machine asks is not asked here. */
function isKnown(code: ProbeReport['code']): code is Exclude<ProbeReport['code'], 'HOST02' | 'HOST03'> {
  return anyCheckOf(code) !== null
}

export async function isRoleAlive(db: Db, role: (typeof roles)[number]): Promise<boolean> {
  return (await listInstances(db)).some((row) => isAlive(row) && row.roles.includes(role))
}

function isAlive({ stoppedAt, silentMs }: InstanceRow): boolean {
  return stoppedAt === null && silentMs < SILENT_MS
}

function shownAs({ id, roles: own, host }: InstanceRow): string {
  return `${own.join(',')} on ${host} (${id})`
}
