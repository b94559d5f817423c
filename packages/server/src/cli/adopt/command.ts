/** The command `becket adopt` and its options. */
import { InvalidArgumentError, Option } from 'commander'
import type { Registration } from '../program.ts'
import type { Mapping } from './meaning.ts'

const MOST_JOBS = 1_000

export const registerAdopt: Registration = (program, io, report) => {
  program
    .command('adopt')
    .description('Take over jobs that are stuck in a table of your own; without --yes, only show what that would be')
    .addOption(
      new Option('--from <place>', 'Where the table is').choices(['airtable', 'postgres']).makeOptionMandatory(),
    )
    .option('--older-than <duration>', 'Only what has waited for so long', '5m')
    .option('--limit <number>', `How many at most, 1 to ${MOST_JOBS}; the oldest first`, limitOf, 100)
    .option('--source <id>', 'The source that did the work, where several could have')
    .addOption(
      new Option('--map <type=operation[@source]>', 'What a type of yours is here; may be repeated')
        .argParser(collectMapping)
        .default([], 'none'),
    )
    .option(
      '--artifact <template>',
      'Where outputs lie: an address with {externalId}, or other names of the row, in it',
    )
    .addOption(
      new Option('--deliver-to <sink>', 'Where results go; may be repeated').argParser(collect).default([], 'nowhere'),
    )
    .option('--yes', 'Take them over, and follow them to their end')
    .option('--wait <duration>', 'With --yes: how long to follow them', '5m')
    .optionsGroup('Airtable (the key comes from AIRTABLE_API_KEY):')
    .option('--base <id>', 'The base (default: AIRTABLE_BASE_ID)')
    .option('--table <name>', 'The table', 'Jobs')
    .addOption(
      new Option('--status <words>', 'The statuses of what is stuck, parted by commas')
        .argParser(words)
        .default(['processing'], 'processing'),
    )
    .option('--status-field <name>', 'The field of statuses', 'Status')
    .option('--id-field <name>', "The field of the provider's ids", 'External Job ID')
    .addOption(
      new Option('--type-field <names>', 'The field of types, parted by commas; the first that is filled counts')
        .argParser(words)
        .default(['Type', 'Job Type'], 'Type,Job Type'),
    )
    .optionsGroup('PostgreSQL:')
    .option('--database-url <url>', 'The database; ADOPT_DATABASE_URL keeps it out of the list of processes')
    .option('--schema <name>', 'The schema with upload_jobs and documents', 'upload_pipeline')
    .optionsGroup('Options:')
    .addOption(new Option('--json', 'Print JSON'))
    .addOption(new Option('--url <url>', 'The server (default: http://127.0.0.1:7400, or BECKET_URL)'))
    .addOption(new Option('--api-key <key>', 'The key; BECKET_API_KEY keeps it out of the list of processes'))
    .addOption(new Option('--data-dir <dir>', "Where this machine's server left admin.key (default: .becket)"))
    .addHelpText(
      'after',
      '\nNothing is ever written to your table: results go where --deliver-to says. Running it again takes nothing over twice.\nExit code 0 only if all that was taken over succeeded, or nothing was asked for but to be shown.',
    )
    .action(async (flags) => report(await (await import('./adopt.ts')).adopt(io, flags)))
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}

function words(value: string): string[] {
  const parts = value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length > 0) return parts
  throw new InvalidArgumentError('Expected one name at least.')
}

function collectMapping(value: string, before: Mapping[]): Mapping[] {
  const [, type, operation, source] = /^([^=]+)=([^=@]+)(?:@([^=@]+))?$/.exec(value) ?? []
  if (type === undefined || operation === undefined) {
    throw new InvalidArgumentError('Expected TYPE=OPERATION, or TYPE=OPERATION@SOURCE.')
  }
  return [...before, { type: type.trim(), operation: operation.trim(), source: source?.trim() ?? null }]
}

function limitOf(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isInteger(value) && value >= 1 && value <= MOST_JOBS) return value
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${MOST_JOBS}.`)
}
