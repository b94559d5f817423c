/** ENV10: whether a service, its addresses and its projects all belong to one environment. */
import { conclude, placeOf, type Remark } from './conclusion.ts'
import { readDatabaseAddress } from './database-address.ts'
import type { Finding } from './finding.ts'
import { environmentsInHost, hostOfAddress, kindOfHost, projectOfHost } from './host.ts'
import {
  environmentOf,
  environmentOfWord,
  type Look,
  saidEnvironment,
  unseenOf,
  valuesOf,
} from './service-environment.ts'

export function checkIdentity(look: Look): Finding[] {
  const environment = environmentOf(look)
  if (environment === null) {
    return conclude(look, 'ENV10', { remarks: [], unseen: ['which environment this is'] })
  }
  const unseen = unseenOf(look, ({ means }) => means === 'environment')
  return conclude(look, 'ENV10', { remarks: [...said(look), ...strangeAddresses(look, environment)], unseen })
}

/** The variable says one thing, the place where it was found another. */
function said(look: Look): Remark[] {
  const words = saidEnvironment(look)
  const found = look.environment.environment
  const known = found === null ? null : environmentOfWord(found)
  if (words === null || known === null || words.environment === known) return []
  return [
    {
      subject: words.name,
      evidence: `${words.name} says ${words.environment} (${words.origin}); this is ${known}.`,
      remedy: `Set ${words.name} on ${placeOf(look)} to ${known}.`,
    },
  ]
}

function strangeAddresses(look: Look, environment: string): Remark[] {
  return valuesOf(look).flatMap(({ rule, name, value, origin }): Remark[] => {
    // The callback address has a check of its own.
    if (rule.means === 'callback' || !/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return []
    const host = hostOfAddress(value)
    if (host === null) return []
    const owner = ownerOf(look, host, projectOf(value, host), environment)
    if (owner === null) return []
    return [
      {
        subject: name,
        evidence: `${name} ${owner} (${origin}); this is ${environment}.`,
        remedy: `Set ${name} on ${placeOf(look)} to the address of ${environment}.`,
        ...(rule.capability !== null && { capability: rule.capability }),
      },
    ]
  })
}

function projectOf(value: string, host: string): string | null {
  const reading = readDatabaseAddress(value)
  return projectOfHost(host) ?? (reading.kind === 'read' ? reading.address.userProject : null)
}

/** What is strange about an address, in words; null where nothing is. */
function ownerOf({ manifest }: Look, host: string, project: string | null, environment: string): string | null {
  for (const [name, marks] of Object.entries(manifest.environments)) {
    if (name === environment) continue
    if (marks.hosts.includes(host)) return `is a host of ${name}`
    if (project !== null && marks.projects.includes(project)) return `belongs to the project of ${name}`
  }
  const own = Object.hasOwn(manifest.environments, environment) ? manifest.environments[environment] : undefined
  if (own !== undefined && own.projects.length > 0 && project !== null && !own.projects.includes(project)) {
    return `belongs to no project of ${environment}`
  }
  if (own?.hosts.includes(host)) return null
  const isDeployed = environment === 'production' || environment === 'staging'
  if (isDeployed && kindOfHost(host) === 'loopback') return 'is an address of the machine itself'
  const named = environmentsInHost(host)
  return named.length === 0 || named.includes(environment) ? null : `has a host that says ${named[0]}`
}
