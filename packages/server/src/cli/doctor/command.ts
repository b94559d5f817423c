/** The command `becket doctor` and its options. */
import { parseDuration } from '@becket/client/contract'
import { InvalidArgumentError, Option } from 'commander'
import type { Registration } from '../program.ts'

export const registerDoctor: Registration = (program, io, report) => {
  const manifest = () =>
    new Option('--manifest <file>', 'What your services read (YAML); without it, what Becket itself reads')
  const only = () => new Option('--only <checks>', 'Groups or codes, parted by commas: ENV,DB,HK01').argParser(codes)
  const json = () => new Option('--json', 'Print JSON')

  const doctor = program
    .command('doctor')
    .description('Find out what is wrong with where a service runs, and what to do; no value is ever printed')
    .addOption(manifest())
    // Not `--env-file`: Node takes that for itself, wherever it stands.
    .option(
      '--env <path>',
      'An env file, render.yaml, fly.toml, compose.yaml, or a directory of them; may be repeated. Without it: this process and its .env',
      collect,
    )
    .option('--service <name>', 'Only this service, or whose the files are that do not say it')
    .option('--environment <name>', 'Which environment this is, where nothing says it')
    .addOption(only())
    .addOption(
      new Option('-c, --config <file>', 'The configuration file of Becket (default: becket.yaml, or BECKET_CONFIG)'),
    )
    .option('--offline', 'Ask nobody: judge by what is written alone')
    .option(
      '--candidate <url>',
      'Another address of the database: is tried from here, and told whether it works; may be repeated',
      collect,
    )
    .addOption(
      new Option('--timeout <duration>', 'How long all answers together may take (default: 8s)').argParser(span),
    )
    .option('--fix-plan', 'Print the steps that mend it, in order, and nothing else')
    .addOption(json())
    .addHelpText('after', EXIT_CODES)
    .action(async (flags) => report(await (await import('./doctor.ts')).runDoctor(io, flags)))

  doctor
    .command('compare')
    .description('Lay two or more environments beside each other; the first is the one that is known to work')
    .argument(
      '<places...>',
      'For each environment a directory, a file, or the address of a running Becket: staging/worker.env, production.env, https://becket.example.org',
    )
    .option('--against <place>', 'One more of them, the last: what is to be like the first')
    .option(
      '--api-key <key>',
      'The key of the running installation, of the last where two are; BECKET_AGAINST_API_KEY keeps it out of the list of processes',
    )
    .addOption(manifest())
    .option('--service <name>', 'Only this service, or whose the files are that do not say it')
    .addOption(only())
    .option('--all', 'Show what is the same as well')
    .option('--plan', 'Print the steps that make the last like the first, in order, and nothing else')
    .addOption(json())
    .addHelpText('after', COMPARED)
    .action(async (places: string[], flags: object, command: { optsWithGlobals(): CompareGlobals }) => {
      const { runCompare } = await import('./compare.ts')
      report(await runCompare(io, places, { ...command.optsWithGlobals(), ...flags }))
    })
}

/** The options that the command above has as well: written behind either, they mean the same. */
interface CompareGlobals {
  manifest?: string
  service?: string
  only?: string[]
  json?: boolean
}

const EXIT_CODES =
  '\nExit code 0: all is well. 1: warnings, or something that could not be asked here. 2: errors.\nNo value is printed. A key is shown only to the one that it is a key for; --offline asks nobody at all.'

const COMPARED =
  '\nExit code 0: all is well. 1: warnings, or something that is unknown. 2: errors.\nFiles are compared by fingerprints with a key that is thrown away. A running installation tells fingerprints of its own: its\ndoctor.compareKey must be that of the other, in BECKET_DOCTOR_COMPARE_KEY of the file or of this process.\nOf two running ones, the first is asked with BECKET_API_KEY, the last with --api-key or BECKET_AGAINST_API_KEY.'

function span(value: string): number {
  const ms = parseDuration(value)
  if (ms !== null && ms >= 100) return ms
  throw new InvalidArgumentError('Expected a duration such as 5s, of 100 ms or more.')
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value]
}

function codes(value: string): string[] {
  const parts = value
    .split(',')
    .map((part) => part.trim().toUpperCase())
    .filter((part) => part !== '')
  if (parts.length > 0) return parts
  throw new InvalidArgumentError('Expected a group such as ENV, or a code such as DB02.')
}
