/** What both commands of the doctor read first: the manifest, and which checks are wanted. Refuses what cannot be meant. */
import { relative, resolve } from 'node:path'
import { checkCodes, groupOf, isCheckCode } from '../../core/doctor/checks.ts'
import { isAmong } from '../../core/doctor/examine.ts'
import type { Finding } from '../../core/doctor/finding.ts'
import { type Manifest, serviceOf } from '../../core/doctor/manifest.ts'
import type { Look, ServiceEnvironment } from '../../core/doctor/service-environment.ts'
import { suggest } from '../../core/suggest.ts'
import { readManifest } from '../../doctor/manifest-file.ts'
import { UsageError } from '../failure.ts'
import type { CliIo } from '../io.ts'

export async function loadManifest(io: CliIo, path: string): Promise<Manifest> {
  const whole = resolve(io.cwd, path)
  const text = await io.readFile(whole).catch((error: unknown) => {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new UsageError(`The manifest ${path} cannot be read (${reason}).`, 'Check the path behind --manifest.')
  })
  const near = relative(io.cwd, whole)
  const reading = readManifest(text.toString('utf8'), near.startsWith('..') ? path : near)
  if (reading.kind === 'read') return reading.manifest
  refuse('The manifest cannot be used', reading.problems, 'docs/guides/doctor.md shows every key of a manifest.')
}

export function refuse(what: string, problems: readonly string[], hint: string): never {
  throw new UsageError([`${what}:`, ...problems.map((problem) => `  ${problem}`)].join('\n'), hint)
}

export function checkService(manifest: Manifest, name: string | undefined): void {
  if (name === undefined || serviceOf(manifest, name) !== undefined) return
  const names = manifest.services.map((service) => service.name)
  const near = suggest(name, names)
  throw new UsageError(
    `There is no service ${name} in the manifest.`,
    near === undefined ? `It has: ${names.join(', ')}.` : `Did you mean ${near}?`,
  )
}

export function checkOnly(only: readonly string[]): void {
  const groups = [...new Set(checkCodes.map(groupOf))]
  for (const word of only) {
    if (isCheckCode(word) || groups.includes(word)) continue
    throw new UsageError(`There is no check ${word}.`, `Groups: ${groups.join(', ')}. Codes: such as DB02.`)
  }
}

export function chosen(findings: readonly Finding[], only: readonly string[]): Finding[] {
  return findings.filter(({ check }) => isAmong(only, check))
}

/** As it is to be run where the service runs, to prove that nothing is left. */
export function doctorCommand(manifest: string | undefined): string {
  return manifest === undefined ? 'becket doctor' : `becket doctor --manifest ${manifest}`
}

export function looksOf(manifest: Manifest, environments: readonly ServiceEnvironment[]): Look[] {
  return environments.flatMap((environment) => {
    const service = serviceOf(manifest, environment.service)
    return service === undefined ? [] : [{ manifest, service, environment }]
  })
}
