/** Environments and manifests for tests, with nothing in them that was not said. */
import { examine } from '../../src/core/doctor/examine.ts'
import type { Finding } from '../../src/core/doctor/finding.ts'
import type { Manifest } from '../../src/core/doctor/manifest.ts'
import type { Look, Setting } from '../../src/core/doctor/service-environment.ts'
import { readManifest } from '../../src/doctor/manifest-file.ts'

export const REF = 'abcdefghijklmnopqrst'
export const OTHER_REF = 'tsrqponmlkjihgfedcba'
export const POOLER = 'aws-0-eu-central-1.pooler.supabase.com'

const key = Buffer.alloc(32, 5)

export function manifestOf(yaml: string): Manifest {
  const reading = readManifest(yaml, 'manifest.yaml')
  if (reading.kind === 'refused') throw new Error(reading.problems.join('\n'))
  return reading.manifest
}

/** A token as Supabase makes them; nothing verifies its signature. */
export function tokenOf(claims: object): string {
  const parts = [{ alg: 'HS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
  return [...parts, 'unsigned'].join('.')
}

export interface Given {
  service?: string
  environment?: string | null
  isWhole?: boolean
  /** A value of null is one that only the dashboard knows. */
  variables: Record<string, string | null>
}

export function lookOf(manifest: Manifest, { environment = null, isWhole = true, ...given }: Given): Look {
  const service = manifest.services.find(({ name }) => name === (given.service ?? manifest.services[0]?.name))
  if (service === undefined) throw new Error('the manifest has no such service')
  const settings = new Map(
    Object.entries(given.variables).map(([name, value], index): [string, Setting] => {
      const origin = `worker.env:${index + 1}`
      return [
        name,
        value === null ? { kind: 'referenced', to: 'set in the dashboard', origin } : { kind: 'set', value, origin },
      ]
    }),
  )
  return { manifest, service, environment: { service: service.name, environment, settings, isWhole } }
}

export function findingsOf(manifest: Manifest, ...given: Given[]): Finding[] {
  return examine(
    manifest,
    given.map((each) => lookOf(manifest, each)),
    key,
  ).findings
}

/** Of one check, as `status severity subject`. */
export function saidBy(findings: readonly Finding[], check: string): string[] {
  return findings
    .filter((finding) => finding.check === check)
    .map(({ status, severity, subject }) => (status === 'fail' ? `${severity} ${subject}` : status))
}
