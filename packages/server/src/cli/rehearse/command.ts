/** The commands `becket rehearse …` and their options. */
import { InvalidArgumentError } from 'commander'
import type { Registration } from '../program.ts'
import { MOST_DOCUMENTS } from './race-settings.ts'

export const registerRehearse: Registration = (program, io, report) => {
  const rehearse = program
    .command('rehearse')
    .description('Try Becket out: against stand-ins that misbehave, or by a callback that is made up')

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

function several(header: string, before: readonly string[] = []): string[] {
  return [...before, header]
}

function documents(text: string): number {
  const value = wholeNumber(text)
  if (value >= 1 && value <= MOST_DOCUMENTS) return value
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${MOST_DOCUMENTS}.`)
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value
  throw new InvalidArgumentError('Expected a whole number.')
}
