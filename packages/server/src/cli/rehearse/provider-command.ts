/** `becket rehearse provider`: one stand-in in the foreground, for a user's own tests, until it is told to stop. */
import { type Bases, RehearsalError, type RehearsalLog } from '@becket/rehearsal'
import { stringify } from 'yaml'
import { z } from 'zod'
import { AppError } from '../../core/error.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import { UsageError } from '../failure.ts'
import type { CliIo } from '../io.ts'
import { type ProviderFlags, readName, readSettings } from './provider-flags.ts'
import { lineOf, tallyOf } from './provider-lines.ts'
import { operationOf, type RunningStandIn, startStandIn } from './provider-stand-in.ts'

export async function rehearseProvider(io: CliIo, provider: string, flags: ProviderFlags): Promise<ExitCode> {
  const name = readName(provider)
  const environment = io.env.BECKET_ENVIRONMENT || io.env.ENVIRONMENT || 'development'
  if (/^prod(uction)?$/i.test(environment.trim())) {
    throw new AppError(
      'STAND_IN_IN_PRODUCTION',
      'A stand-in makes nothing real, and this environment is `production`',
      {
        hint: 'Run it on another machine, or unset BECKET_ENVIRONMENT and ENVIRONMENT for it.',
      },
    )
  }
  const asJson = flags.json === true
  const settings = readSettings(name, flags, operationOf[name])
  const bases = flags.bases === undefined ? undefined : await readBases(io, flags.bases)
  const standIn = await startStandIn(settings, { environment, log: troubleLog(io), bases }).catch(explain)
  // Before anything is printed: who reads the first line may signal at once.
  const stopped = untilSignal(io)
  const endWatch = standIn.ledger.watch((entry) => io.out(asJson ? JSON.stringify(entry) : lineOf(entry)))
  try {
    const { address, configuration, environment: variables } = standIn
    if (asJson)
      io.out(JSON.stringify({ kind: 'started', provider: name, address, configuration, environment: variables }))
    else io.out(greeting(name, settings.seed, standIn))
    const release = await stopped
    await standIn.stop()
    release()
  } finally {
    endWatch()
    await standIn.stop()
  }
  const summary = standIn.ledger.summary()
  io.out(asJson ? JSON.stringify({ kind: 'stopped', summary }) : ['', ...tallyOf(summary)].join('\n'))
  return exitCodes.ok
}

/** Only what goes wrong with the stand-in itself, such as an FFmpeg that fails. */
function troubleLog(io: CliIo): RehearsalLog {
  return { info: () => {}, warn: ({ fault }, message) => io.err(`${message}: ${String(fault)}`) }
}

/** Resolves at the first signal; the second ends the process. */
function untilSignal(io: CliIo): Promise<() => void> {
  return new Promise((resolve) => {
    let isStopping = false
    const release = io.onSignal((signal) => {
      if (isStopping) io.exit(signal === 'SIGINT' ? 130 : 143)
      isStopping = true
      resolve(() => release())
    })
  })
}

function greeting(name: string, seed: number, { address, configuration, environment }: RunningStandIn): string {
  const variables = Object.entries(environment).map(([variable, value]) => `  ${variable}=${value}`)
  const yaml = stringify(configuration)
    .trimEnd()
    .split('\n')
    .map((line) => `  ${line}`)
  return [
    `A stand-in for ${name} listens at ${address} (seed ${seed}). Ctrl-C ends it.`,
    '',
    'becket.yaml:',
    ...yaml,
    '',
    'The environment of other software:',
    ...variables,
    '',
  ].join('\n')
}

const fieldSchema = z.union([
  z.enum(['text', 'number', 'checkbox', 'url', 'date', 'attachments']),
  z.strictObject({ select: z.tuple([z.string()], z.string()) }),
])
const basesSchema = z.record(z.string(), z.record(z.string(), z.record(z.string(), fieldSchema)))

async function readBases(io: CliIo, file: string): Promise<Bases> {
  const text = (await io.readFile(file)).toString('utf8')
  const hint =
    'Write {"app…": {"Videos": {"Name": "text", "Status": {"select": ["open", "done"]}, "Video": "attachments"}}}.'
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (fault) {
    throw new UsageError(`${file} is no JSON: ${fault instanceof Error ? fault.message : String(fault)}`, hint)
  }
  const parsed = basesSchema.safeParse(json)
  if (parsed.success && Object.keys(parsed.data).length > 0) return parsed.data
  const path = parsed.error?.issues[0]?.path.join(' › ') ?? ''
  throw new UsageError(`${file} declares no tables that can be used${path === '' ? '' : `: see ${path}`}`, hint)
}

/** What the stand-in refuses is the caller's to mend, and no fault of ours. */
function explain(fault: unknown): never {
  if (!(fault instanceof RehearsalError)) throw fault
  const { message, hint, code, cause } = fault
  if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') throw cause
  throw new UsageError(message.replace(` ${hint} (${code})`, ''), hint)
}
