/** What `becket rehearse provider` is told on the command line, and what is made of it. Starts nothing. */
import { parseDuration } from '@becket/client'
import type { FaultsInput, Reach } from '@becket/rehearsal'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { suggest } from '../../core/suggest.ts'
import { UsageError } from '../failure.ts'

export const standInNames = ['llamaparse', 'openai', 'nca-toolkit', 'airtable', 's3', 'storage'] as const
export type StandInName = (typeof standInNames)[number]

export interface ProviderFlags {
  port: number
  host: string
  seed: number
  key: string
  loss?: number
  duplicate?: number
  early?: number
  delay?: number
  statusDown?: number
  /** The share, or an object with the fault's own parameters. */
  fault: [name: string, value: number | object][]
  processing: number
  timeScale: number
  anyAddress?: boolean
  bases?: string
  json?: boolean
}

export interface ProviderSettings {
  name: StandInName
  port: number
  host: string
  seed: number
  key: string
  faults: FaultsInput
  processing: number
  timeScale: number
  reach: Reach
}

/** The same for both spellings: behind `provider NAME`, and behind `--provider NAME`, where the help is not repeated. */
export function addProviderOptions(command: Command, isShown: boolean): void {
  const share = 'as a share of all, 0 to 1'
  const options = [
    new Option('--port <number>', "The port to listen on; nca-toolkit's files are on the next one")
      .argParser(port)
      .default(0, 'any free one'),
    new Option('--host <address>', 'The address to listen on; another one than this machine opens it').default(
      '127.0.0.1',
    ),
    new Option('--loss <share>', `Callbacks that are never sent, ${share}`).argParser(part),
    new Option('--duplicate <share>', `Callbacks that come again, ${share}`).argParser(part),
    new Option('--early <share>', `Callbacks that come before the submit is answered, ${share}`).argParser(part),
    new Option('--delay <duration>', 'How late each callback comes, or each answer where there are none').argParser(
      span,
    ),
    new Option('--status-down <share>', `Works whose status cannot be asked for, ${share}`).argParser(part),
    new Option(
      '--fault <name=share>',
      'Any other fault, such as nullId=0.2, or statusDown={"status": 404}; may be repeated',
    )
      .argParser(fault)
      .default([], 'none'),
    new Option('--processing <duration>', 'How long the work itself takes').argParser(span).default(0, '0s'),
    new Option('--time-scale <number>', "The provider's own waits; 0.1 makes a lockout of 30 s one of 3 s")
      .argParser(scale)
      .default(1),
    new Option('--seed <number>', 'Repeat a run: the same seed befalls the same work').argParser(whole).default(1),
    new Option('--key <key>', 'The key that callers must have').default('rehearsal'),
    new Option('--any-address', 'Call back, and fetch from, other machines as well as this one'),
    new Option('--bases <file>', 'Airtable: your own tables as JSON, {base: {table: {field: kind}}}'),
    new Option('--json', 'Print each line as JSON'),
  ]
  for (const option of options) command.addOption(isShown ? option : option.hideHelp())
}

export const providerHelp = `
Providers: ${standInNames.join(', ')}.

It prints what points a source at it, then a line for all that happens: a submit, a callback, a fault that struck. Ctrl-C ends
it with a tally. What it does is decided by the seed and the work, not by chance: the same run meets the same faults. A fault
that the provider does not have is refused with those that it has. It refuses to run where the environment is production.

  becket rehearse --provider nca-toolkit --port 9000 --loss 0.3 --fault nullId=0.2
  becket rehearse provider airtable --time-scale 0.1 --fault throttle=0.1 --fault dropAfterWrite=0.05`

export function readName(name: string): StandInName {
  const known = standInNames.find((candidate) => candidate === name)
  if (known !== undefined) return known
  const near = suggest(name, standInNames)
  throw new UsageError(
    `there is no stand-in for "${name}"${near === undefined ? '' : `; did you mean ${near}?`}`,
    `There are ${standInNames.join(', ')}.`,
  )
}

export function readSettings(name: StandInName, flags: ProviderFlags, operation: keyof FaultsInput): ProviderSettings {
  refuseForeign(name, flags)
  const { port, host, seed, key, loss, duplicate, early, delay, statusDown, processing, timeScale } = flags
  const named = Object.entries({ loss, duplicate, early, delay, statusDown }).filter(([, value]) => value !== undefined)
  // Whether the provider has them is judged by the stand-in, which knows what was probably meant.
  const faults: FaultsInput = { [operation]: Object.fromEntries([...named, ...flags.fault]) }
  const reach = flags.anyAddress === true ? 'any' : 'loopback'
  return { name, port, host, seed, key, faults, processing, timeScale, reach }
}

/** What would have no effect is refused: whoever wrote it believes that it has one. */
function refuseForeign(name: StandInName, { bases, processing, timeScale }: ProviderFlags): void {
  const foreign: [option: string, isGiven: boolean, of: StandInName[]][] = [
    ['--bases', bases !== undefined, ['airtable']],
    ['--processing', processing !== 0, ['llamaparse', 'nca-toolkit']],
    ['--time-scale', timeScale !== 1, ['llamaparse', 'airtable']],
  ]
  const [option, , of] = foreign.find(([, isGiven, known]) => isGiven && !known.includes(name)) ?? []
  if (option === undefined || of === undefined) return
  throw new UsageError(`${option} means nothing to ${name}`, `It is for ${of.join(' and ')}; leave it away.`)
}

function part(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('Expected a share from 0 to 1, such as 0.3.')
}

function span(text: string): number {
  const ms = /^[\d.\s]*$/.test(text) ? null : parseDuration(text)
  // A day: the longest that the stand-ins wait.
  if (ms !== null && ms <= 86_400_000) return ms
  throw new InvalidArgumentError('Expected a duration with its unit, at most 24h, such as 2s.')
}

function fault(text: string, before: ProviderFlags['fault']): ProviderFlags['fault'] {
  const [, name, value] = /^(\w+)=(.+)$/s.exec(text) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('Expected name=share.')
  return [...before, [name, value.startsWith('{') ? parameters(value) : part(value)]]
}

/** Which there are is judged by the stand-in. */
function parameters(text: string): object {
  try {
    return Object(JSON.parse(text))
  } catch {
    throw new InvalidArgumentError(`Expected JSON after the =, such as '{"rate": 0.2}'.`)
  }
}

function port(text: string): number {
  const value = whole(text)
  if (value <= 65_535) return value
  throw new InvalidArgumentError('Expected a port from 0 to 65535.')
}

function scale(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1000) return value
  throw new InvalidArgumentError('Expected a number from 0 to 1000.')
}

function whole(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value
  throw new InvalidArgumentError('Expected a whole number.')
}
