/** `becket doctor`: what is wrong with one or more services, by what is written and by what answers. */
import { resolve } from 'node:path'
import { healthOf } from '../../core/doctor/finding.ts'
import type { Manifest } from '../../core/doctor/manifest.ts'
import { planFor } from '../../core/doctor/plan.ts'
import { environmentOfWord, type Look, type ServiceEnvironment } from '../../core/doctor/service-environment.ts'
import { diagnose } from '../../doctor/diagnosis.ts'
import { readEnvironmentFiles } from '../../doctor/environments/environment-files.ts'
import { processEnvironment } from '../../doctor/environments/process-environment.ts'
import { ownManifest, ownServices } from '../../doctor/own-manifest.ts'
import { ownSituation } from '../../doctor/own-situation.ts'
import type { ExitCode } from '../exit-code.ts'
import { UsageError } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { createOutput } from '../output.ts'
import { openAsking } from './asking.ts'
import { checkOnly, checkService, chosen, doctorCommand, loadManifest, looksOf, refuse } from './inputs.ts'
import { codeOf, printAnswered, printChoice, printFindings, printPlan } from './report.ts'

export interface DoctorFlags {
  manifest?: string
  env?: string[]
  service?: string
  environment?: string
  only?: string[]
  config?: string
  offline?: boolean
  candidate?: string[]
  /** Milliseconds. */
  timeout?: number
  fixPlan?: boolean
  json?: boolean
}

export async function runDoctor(io: CliIo, flags: DoctorFlags): Promise<ExitCode> {
  const { only = [] } = flags
  checkOnly(only)
  const own = flags.manifest === undefined
  const named = own ? ownManifest() : await loadManifest(io, flags.manifest ?? '')
  checkService(named, flags.service)
  const environments = await readEnvironments(
    io,
    flags,
    named.services.map(({ name }) => name),
    own,
  )
  const said =
    flags.environment ?? environments.map(({ settings }) => saidIn(settings)).find((each) => each !== null) ?? null
  const manifest = own ? ownManifest(ownSituation(await ownFile(io, flags.config), said)) : named
  const looks = looksOf(manifest, environments)
  const { findings, choice, tookMs } = await examineHere(io, flags, manifest, looks)
  const wanted = chosen(findings, only)
  const plan = planFor(wanted, null, doctorCommand(flags.manifest))
  const output = createOutput(io)
  if (flags.json === true)
    io.out(JSON.stringify({ health: healthOf(wanted), tookMs, findings: wanted, choice, plan: plan.steps }, null, 2))
  else if (flags.fixPlan === true) printPlan(output, plan)
  else {
    printFindings(output, wanted, environments.map(describe), tookMs)
    if (choice !== null) printChoice(output, choice)
  }
  return codeOf(wanted)
}

// 8 s: a host that is silent takes five of them, and whoever waits gives up at ten.
const TIMEOUT_MS = 8_000

async function examineHere(io: CliIo, flags: DoctorFlags, manifest: Manifest, looks: readonly Look[]) {
  const { probing, unaskedSince, more, close } = await openAsking(io, flags, looks)
  const isWatched = io.isTTY && flags.json !== true
  try {
    return await diagnose({
      manifest,
      looks,
      probing,
      more,
      only: flags.only ?? [],
      deadlineMs: flags.timeout ?? TIMEOUT_MS,
      ...(unaskedSince !== undefined && { unaskedSince }),
      ...(isWatched && { onAnswered: (target: string, tookMs: number) => printAnswered(io, target, tookMs) }),
    })
  } finally {
    await close()
  }
}

function describe({ service, environment, settings }: ServiceEnvironment): string {
  const where = environment === null ? service : `${service} (${environment})`
  return `${where}, ${settings.size} variables`
}

async function readEnvironments(
  io: CliIo,
  { env: paths = [], service, ...flags }: DoctorFlags,
  services: readonly string[],
  own: boolean,
): Promise<ServiceEnvironment[]> {
  const environment = flags.environment ?? null
  // All of Becket runs in one process unless somebody divided it.
  const byDefault = service ?? (own ? ownServices[0] : null)
  const request = { cwd: io.cwd, services, service: byDefault, environment }
  if (paths.length === 0) {
    const only = byDefault ?? (services.length === 1 ? services[0] : undefined)
    if (only === undefined) {
      const hint = `Say --service (${services.join(', ')}), or give files with --env.`
      throw new UsageError('Which service is this process?', hint)
    }
    const beside = await readEnvironmentFiles({ ...request, paths: ['.env'], service: only })
    // Without a `.env` there is the process alone; one that cannot be understood is told.
    const problems = beside.problems.filter((problem) => !problem.endsWith('there is no such file or directory'))
    if (problems.length > 0) refuse('The file .env cannot be read as it is', problems, 'Mend the lines that are named.')
    const below = beside.environments[0]?.settings ?? new Map()
    return [{ ...processEnvironment(only, io.env, below), environment }]
  }
  const { environments, problems } = await readEnvironmentFiles({ ...request, paths })
  if (problems.length > 0) refuse('The files cannot be read as they are', problems, 'Mend what is named.')
  const wanted = environments.filter((each) => service === undefined || each.service === service)
  if (wanted.length > 0) return wanted
  throw new UsageError('No service of the manifest is in these files.', `The manifest has: ${services.join(', ')}.`)
}

function saidIn(settings: ServiceEnvironment['settings']): string | null {
  for (const name of ['BECKET_ENVIRONMENT', 'ENVIRONMENT']) {
    const setting = settings.get(name)
    if (setting?.kind === 'set') return environmentOfWord(setting.value)
  }
  return null
}

async function ownFile(io: CliIo, config: string | undefined): Promise<{ name: string; text: string } | null> {
  const name = config ?? (io.env.BECKET_CONFIG || 'becket.yaml')
  try {
    return { name, text: (await io.readFile(resolve(io.cwd, name))).toString('utf8') }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT' && config === undefined) return null
    throw error
  }
}
