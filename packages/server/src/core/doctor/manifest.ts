/**
 * What each service of an application reads from its environment, and how it must be. Says nothing of what is there; see
 * `service-environment.ts`. Where manifests come from: `doctor/manifest-file.ts`, and `doctor/own-manifest.ts` for Becket itself.
 */
import { expectedOf, type Format } from './format.ts'

/** `hard`: the service does not start without it. `soft`: it starts, and a part of its work is not done. */
export type Need = 'hard' | 'soft' | 'optional'

export interface VariableRule {
  name: string
  /** Other names that are read, in this order, where `name` is not set. */
  aliases: readonly string[]
  format: Format
  secret: boolean
  need: Need
  /** What is not done without it. */
  capability: string | null
  default: string | null
  /** From one environment to another: secrets do. */
  mustDiffer: boolean
  /** Among the services of one environment that read it. */
  mustEqual: boolean
  usedBy: string | null
  /** Of which provider it is the key, or the address where it is a URL: only to that one is the key ever sent. */
  provider: string | null
  /** What its value says of the service itself. */
  means: 'environment' | 'callback' | null
  /** The only values that production may have; null where it may have any. */
  inProduction: readonly string[] | null
  /** Environments that may go without it although others have it. */
  waivedIn: readonly string[]
}

/** What a service asks of its database connection beyond plain statements. */
export interface DatabaseUse {
  preparedStatements: boolean
  /** LISTEN, advisory locks of a session, or SET that is to last. */
  session: boolean
  isLongLived: boolean
}

export interface ServiceManifest {
  name: string
  /** In the order in which the service needs them when it starts: so they are mended. */
  variables: readonly VariableRule[]
  /** Names that people set and nobody reads, with the reason. */
  unread: Readonly<Record<string, string>>
  database: DatabaseUse
  /** `ipv4`: the host of this service has no way to IPv6 addresses. */
  outbound: 'any' | 'ipv4'
}

export interface EnvironmentMarks {
  /** The references of its Supabase projects. */
  projects: readonly string[]
  /** Hosts that belong to this environment alone. */
  hosts: readonly string[]
}

export interface Manifest {
  services: readonly ServiceManifest[]
  environments: Readonly<Record<string, EnvironmentMarks>>
}

export function serviceOf(manifest: Manifest, name: string): ServiceManifest | undefined {
  return manifest.services.find((service) => service.name === name)
}

/** In words that follow "set it to". */
export function expectedOfRule({ format, means }: VariableRule): string {
  return means === 'callback' ? 'the public https address of the service that takes callbacks' : expectedOf(format)
}

/** The winning name first. */
export function namesOfRule({ name, aliases }: VariableRule): readonly string[] {
  return [name, ...aliases]
}

export function ruleOf(service: ServiceManifest, name: string): VariableRule | undefined {
  return service.variables.find((rule) => namesOfRule(rule).includes(name))
}
