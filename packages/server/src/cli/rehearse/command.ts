/** The commands `becket rehearse …` and their options. */
import { parseDuration } from '@becket/client/contract'
import { InvalidArgumentError, Option } from 'commander'
import { suggest } from '../../core/suggest.ts'
import { UsageError } from '../failure.ts'
import type { Registration } from '../program.ts'
import { loadPipelines, MOST_JOBS } from './load-settings.ts'
import { addProviderOptions, type ProviderFlags, providerHelp, standInNames } from './provider-flags.ts'
import { MOST_DOCUMENTS } from './race-settings.ts'

export const registerRehearse: Registration = (program, io, report) => {
  // `race --seed` is for the race, not for the stand-in that `--provider` would start; this takes both levels.
  program.enablePositionalOptions()
  const rehearse = program
    .command('rehearse')
    .description('Try Becket, or your own software: against stand-ins that misbehave, or by a callback that is made up')
    .option('--provider <name>', 'Run one stand-in: the same as the command `provider`, with all its options')
    .allowExcessArguments()
    .enablePositionalOptions()
    .action(async ({ provider: name, ...flags }: ProviderFlags & { provider?: string }) => {
      const [word] = rehearse.args
      const known = rehearse.commands.map((command) => command.name())
      if (word !== undefined) throw unknownCommand(word, known)
      if (name === undefined) return rehearse.help({ error: true })
      report(await (await import('./provider-command.ts')).rehearseProvider(io, name, flags))
    })
  addProviderOptions(rehearse, false)

  const provider = rehearse
    .command('provider')
    .argument('<name>', `One of ${standInNames.join(', ')}`)
    .description('Run one stand-in that misbehaves as it is told, for your own tests, until Ctrl-C')
    .addHelpText('after', providerHelp)
    .action(async (name: string, flags: ProviderFlags) =>
      report(await (await import('./provider-command.ts')).rehearseProvider(io, name, flags)),
    )
  addProviderOptions(provider, true)

  rehearse
    .command('race')
    .description('The race of FM-027: the former order of steps beside ours, over the same late storage; three figures')
    .option('--documents <number>', `How many documents, at most ${MOST_DOCUMENTS}`, documents, 200)
    .option('--seed <number>', 'Repeat a run: the same seed makes the same objects late', wholeNumber, 7)
    .option('--json', 'Print the figures as the last JSON object')
    .addHelpText(
      'after',
      '\nExit code 0 only if all three bars hold. Uses DATABASE_URL, with schemas of its own that it drops, or else an embedded PostgreSQL.',
    )
    .action(async (flags) => report(await (await import('./race-command.ts')).race(io, flags)))

  rehearse
    .command('load')
    .description('A load of jobs through a Becket of its own, against stand-ins; prints the completion rate')
    .option('--jobs <number>', `How many jobs, at most ${MOST_JOBS}`, jobs, 10)
    .addOption(new Option('--pipeline <name>', 'Only this pipeline (default: in turn)').choices(loadPipelines))
    .option('--loss <share>', 'Share of the callbacks to lose, 0 to 1', share, 0.4)
    .option('--duplicate <share>', 'Share of the callbacks that come twice', share, 0.1)
    .option('--status-down <share>', 'Share of the work whose status cannot be asked for its first 10 s', share, 0.1)
    .option('--seed <number>', 'Repeat a load: the same seed strikes the same jobs', wholeNumber, 7)
    .option('--timeout <duration>', 'What has not ended by then counts as unfinished', milliseconds, 120_000)
    .option('--json', 'Print the figures as the last JSON object')
    .addHelpText(
      'after',
      '\nExit code 0 only if every job was completed. Uses DATABASE_URL, with a schema of its own that it drops, or else an embedded PostgreSQL.',
    )
    .action(async (flags) => report(await (await import('./load-command.ts')).rehearseLoad(io, flags)))

  rehearse
    .command('callback')
    .description('Make a callback as a provider would, sign it, send it to the server, and tell what became of it')
    .requiredOption('--source <id>', 'The source to call back')
    .option('--file <file>', "The body; - reads standard input (default: a small sample in the provider's words)")
    .option('--expectation <id>', 'Send it to the address of this expectation, as its provider would')
    .option('--path <path>', 'Send it to another path of the source, such as /webhook/orders/1')
    .option('--header <header>', "A header to send along, 'name: value'; may be repeated", several)
    .option('--wrong-secret', 'Sign it with a secret that is not the source’s; 0 if it is refused')
    .option('--stale', 'Sign it as of too long ago; 0 if it is refused')
    .option('--private-key <file>', 'The private key, for a scheme of which a provider publishes the public one')
    .option('--timeout <duration>', 'How long to wait until it is read, such as 30s (default: 15s)')
    .option('--yes-production', 'Send it although the environment is production')
    .option('-c, --config <file>', 'The configuration file (default: becket.yaml, or BECKET_CONFIG)')
    .option('--url <url>', 'The server; the callback is sent there too (default: the address that providers are given)')
    .option('--api-key <key>', 'The key; BECKET_API_KEY keeps it out of the list of processes')
    .option('--data-dir <dir>', "Where this machine's server left admin.key (default: .becket)")
    .option('--json', 'Print JSON')
    .addHelpText(
      'after',
      "\nExit code 0 only if it was taken and read, and reached its --expectation. The secrets are those of this machine's configuration.",
    )
    .action(async (flags) => report(await (await import('./callback-command.ts')).rehearseCallback(io, flags)))
}

function unknownCommand(word: string, known: readonly string[]): UsageError {
  const near = suggest(word, known)
  const meant = near === undefined ? '' : `; did you mean ${near}?`
  return new UsageError(`there is no command "rehearse ${word}"${meant}`, `There are ${known.join(', ')}.`)
}

function several(header: string, before: readonly string[] = []): string[] {
  return [...before, header]
}

function documents(text: string): number {
  const value = wholeNumber(text)
  if (value >= 1 && value <= MOST_DOCUMENTS) return value
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${MOST_DOCUMENTS}.`)
}

function jobs(text: string): number {
  const value = wholeNumber(text)
  if (value >= 1 && value <= MOST_JOBS) return value
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${MOST_JOBS}.`)
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('Expected a share from 0 to 1, such as 0.4.')
}

function milliseconds(text: string): number {
  const value = parseDuration(text)
  if (value !== null && value > 0) return value
  throw new InvalidArgumentError('Expected a duration with its unit, such as 90s or 5m.')
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value
  throw new InvalidArgumentError('Expected a whole number.')
}
