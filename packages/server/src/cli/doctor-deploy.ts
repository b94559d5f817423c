/**
 * `becket doctor deploy`: after a deployment, whether the system that runs is the one that was meant, and whether work gets
 * through it. Asks the server; what it finds is kept there.
 */
import {
  BecketError,
  type DoctorRun,
  type DoctorStep,
  type Health,
  type InstanceRole,
  parseDuration,
} from '@becket/client'
import { describeDuration } from '../core/duration.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { UsageError } from './failure.ts'
import { examined, stepLine } from './findings.ts'
import type { Session } from './remote.ts'

export interface DeployFlags {
  expectRelease?: string
  timeout?: string
  document?: boolean
}

interface Proof {
  isProven: boolean
  tookMs: number
  steps: DoctorStep[]
}

const DEFAULT_TIMEOUT_MS = 60_000
const LOOK_EVERY_MS = 500

const roles: readonly InstanceRole[] = ['intake', 'api', 'worker']

export async function proveDeployment(session: Session, flags: DeployFlags): Promise<ExitCode> {
  const withinMs = timeoutOf(flags.timeout)
  const startedMs = session.io.now()
  const leftMs = () => Math.max(0, startedMs + withinMs - session.io.now())
  const steps: DoctorStep[] = []
  const add = (step: DoctorStep) => {
    steps.push(step)
    if (!session.isJson) session.output.line(stepLine(session.output, step))
  }

  add(await awaitRoles(session, flags.expectRelease ?? null, leftMs))
  // What is not up cannot be examined: it would only say the same again.
  if (steps.every(({ status }) => status === 'pass')) {
    const run = await examined(session, { document: flags.document !== false }, leftMs())
    for (const step of stepsOf(run)) add(step)
  }
  const proof: Proof = { isProven: steps.every(isProven), tookMs: session.io.now() - startedMs, steps }
  if (session.isJson) session.io.out(JSON.stringify(proof, null, 2))
  else say(session, proof)
  return proof.isProven ? exitCodes.ok : exitCodes.failed
}

/** The processes of a deployment come one after the other: looks until all are there, or the time is over. */
async function awaitRoles({ becket, io }: Session, release: string | null, leftMs: () => number): Promise<DoctorStep> {
  const startedMs = io.now()
  for (;;) {
    const health = await becket.health().catch((error: unknown) => {
      // The API comes up as well, or is being replaced.
      if (leftMs() > 0 && isAway(error)) return null
      throw error
    })
    const wrong =
      health === null
        ? ['the API does not answer']
        : roles.map((role) => wrongWith(health, role, release)).filter((each) => each !== null)
    const tookMs = io.now() - startedMs
    if (wrong.length === 0) {
      const detail = `intake, api and worker are alive${release === null ? '' : ` at ${release}`}`
      return { name: 'release', status: 'pass', tookMs, detail: `${detail}.` }
    }
    if (leftMs() === 0) return { name: 'release', status: 'fail', tookMs, detail: `${wrong.join('; ')}.` }
    await new Promise<void>((resolve) => io.after(Math.min(LOOK_EVERY_MS, Math.max(1, leftMs())), resolve))
  }
}

/** Not there, not ready yet, or behind a proxy that knows no server. */
function isAway(error: unknown): boolean {
  if (!(error instanceof BecketError)) return false
  return ['CONNECTION_FAILED', 'TIMED_OUT'].includes(error.code) || [502, 503, 504].includes(error.status)
}

function wrongWith({ instances }: Health, role: InstanceRole, release: string | null): string | null {
  const alive = instances.filter((each) => each.roles.includes(role) && each.status !== 'down')
  if (alive.length === 0) return `no live ${role}`
  if (!alive.some(({ status }) => status === 'healthy')) return `no ${role} gets on`
  const others = alive.filter((each) => release !== null && each.release !== release)
  if (others.length === 0) return null
  return `${role} is at ${[...new Set(others.map((each) => each.release))].join(' and ')} instead of ${release}`
}

function stepsOf(run: DoctorRun): DoctorStep[] {
  if (run.state === 'done') return run.steps
  const detail = run.state === 'failed' ? (run.error ?? 'nobody knows why') : 'it is not at its end yet'
  return [{ name: 'examine', status: 'fail', tookMs: 0, detail: `The examination ${run.id}: ${detail}.` }]
}

/** What was not asked for, and a key that no cheap request proves, do not speak against a deployment. */
function isProven({ name, status }: DoctorStep): boolean {
  return status === 'pass' || (status === 'unknown' && (name === 'document' || name === 'keys'))
}

function say({ output }: Session, { isProven: isGood, tookMs, steps }: Proof): void {
  output.line()
  if (isGood) {
    output.line(output.paint('good', `The deployment works. It took ${describeDuration(tookMs)} to prove.`))
    return
  }
  const wrong = steps.filter((step) => !isProven(step)).map(({ name }) => name)
  output.line(output.paint('bad', `The deployment is not proven: ${wrong.join(', ')}.`))
  // Where the processes were not there, nothing was examined.
  const next = steps.length === 1 ? 'becket health shows every process' : 'becket findings list says what to do'
  output.line(`${next}; becket changes list shows what changed before.`)
}

function timeoutOf(written: string | undefined): number {
  if (written === undefined) return DEFAULT_TIMEOUT_MS
  const ms = parseDuration(written)
  if (ms !== null && ms > 0) return ms
  throw new UsageError(`--timeout does not take "${written}"`, 'Write a duration such as 60s or 5m.')
}
