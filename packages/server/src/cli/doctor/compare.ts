/**
 * `becket doctor compare`: environments beside each other, and the steps that make the last like the first. Running ones
 * are asked by `compare-running.ts`.
 */
import { basename } from 'node:path'
import { type Examination, examine } from '../../core/doctor/examine.ts'
import { healthOf } from '../../core/doctor/finding.ts'
import { planFor } from '../../core/doctor/plan.ts'
import { environmentOfWord } from '../../core/doctor/service-environment.ts'
import { readEnvironmentFiles } from '../../doctor/environments/environment-files.ts'
import { ownManifest, ownServices } from '../../doctor/own-manifest.ts'
import { makeRunKey } from '../../doctor/run-key.ts'
import type { ExitCode } from '../exit-code.ts'
import { UsageError } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { createOutput } from '../output.ts'
import { compareRunning, type Place } from './compare-running.ts'
import { checkOnly, checkService, chosen, doctorCommand, loadManifest, looksOf, refuse } from './inputs.ts'
import { printMatrix } from './matrix.ts'
import { codeOf, printFindings, printPlan } from './report.ts'
import { isAddress } from './running-place.ts'

export interface CompareFlags {
  manifest?: string
  service?: string
  /** One more place, the last. */
  against?: string
  /** Of the running installation that is compared. */
  apiKey?: string
  only?: string[]
  all?: boolean
  plan?: boolean
  json?: boolean
}

export async function runCompare(io: CliIo, named: readonly string[], flags: CompareFlags): Promise<ExitCode> {
  checkOnly(flags.only ?? [])
  const places = flags.against === undefined ? named : [...named, flags.against]
  if (places.length < 2)
    throw new UsageError('One environment cannot be compared.', 'Name two: becket doctor compare staging production')
  const own = flags.manifest === undefined
  const manifest = own ? ownManifest() : await loadManifest(io, flags.manifest ?? '')
  checkService(manifest, flags.service)
  const services = manifest.services.map(({ name }) => name)
  const read: Place[] = []
  const problems: string[] = []
  for (const [index, place] of places.entries()) {
    if (isAddress(place)) {
      read.push({ kind: 'running', url: place })
      continue
    }
    const name = nameOf(place, places, index)
    const service = flags.service ?? (own ? ownServices[0] : null)
    const reading = await readEnvironmentFiles({ paths: [place], cwd: io.cwd, services, service, environment: name })
    problems.push(...reading.problems)
    const wanted = reading.environments.filter((each) => flags.service === undefined || each.service === flags.service)
    if (wanted.length === 0 && reading.problems.length === 0)
      problems.push(`${place}: holds none of ${services.join(', ')}`)
    read.push({ kind: 'files', name, environments: wanted })
  }
  if (problems.length > 0) refuse('They cannot be compared as they are', problems, 'Mend what is named.')
  if (!read.some(({ kind }) => kind === 'running')) {
    const environments = read.flatMap((place) => (place.kind === 'files' ? place.environments : []))
    return print(io, flags, examine(manifest, looksOf(manifest, environments), makeRunKey()))
  }
  const compared = await compareRunning(io, read, flags)
  return print(io, flags, flags.service === undefined ? compared : ofService(compared, flags.service))
}

/** What is said of no service in particular concerns each. */
function ofService({ comparison, findings }: Examination, wanted: string): Examination {
  const isWanted = ({ service }: { service?: string }) => service === undefined || service === wanted
  return {
    comparison: { ...comparison, rows: comparison.rows.filter(isWanted) },
    findings: findings.filter(isWanted),
  }
}

function print(io: CliIo, flags: CompareFlags, { findings, comparison }: Examination): ExitCode {
  const last = comparison.environments.at(-1) ?? null
  const [, ...others] = comparison.environments
  // What is wrong with the first alone is not what was asked.
  const wanted = chosen(findings, flags.only ?? []).filter(
    ({ environment }) => environment === undefined || others.includes(environment),
  )
  const plan = planFor(wanted, last, doctorCommand(flags.manifest))
  const output = createOutput(io)
  if (flags.json === true) {
    io.out(JSON.stringify({ health: healthOf(wanted), comparison, findings: wanted, plan: plan.steps }, null, 2))
  } else if (flags.plan === true) printPlan(output, plan)
  else {
    printMatrix(output, comparison, flags.all === true)
    output.line()
    printFindings(output, wanted, null)
  }
  return codeOf(wanted)
}

/** By its directory or file: `staging/`, `production.env`, `.env.production`; two that say nothing are told apart by their paths. */
function nameOf(place: string, places: readonly string[], index: number): string {
  const base = basename(place.replace(/\/+$/, ''))
  const words = base.split(/[.\-_]/).map(environmentOfWord)
  const parent = environmentOfWord(basename(place.replace(/\/*[^/]*\/*$/, '')))
  const name = environmentOfWord(base) ?? words.find((word) => word !== null) ?? parent ?? base
  const isTaken = places.some((other, at) => at < index && nameOf(other, places, at) === name)
  return isTaken ? place : name
}
