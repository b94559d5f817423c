/** The tree of commands. Every action is imported when it is called, so that help is there at once. */
import { Command, Option } from 'commander'
import { exitCodeMeanings, type Report } from './exit-code.ts'
import type { CliIo } from './io.ts'
import { addRemoteCommands } from './remote-commands.ts'

/** Adds commands of others, such as the demo. */
export type Registration = (program: Command, io: CliIo, report: Report) => void

// Wide enough for one line per option, narrow enough for half a screen.
const HELP_WIDTH = 100

export function createProgram(
  io: CliIo,
  report: Report,
  version: string,
  registrations: readonly Registration[] = [],
): Command {
  const program = new Command('becket')
    .description('Every callback lands. Every failure closes.')
    .version(version, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Show help')
    .helpCommand('help [command]', 'Show help for a command')
    .addHelpText('after', exitCodeHelp())
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.trimEnd()),
      writeErr: (text) => io.err(text.trimEnd()),
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      // What is wrong is told once, by whoever catches the exception.
      outputError: () => {},
    })

  addLocalCommands(program, io, report)
  addRemoteCommands(program, io, report)
  for (const register of registrations) register(program, io, report)
  return program
}

function addLocalCommands(program: Command, io: CliIo, report: Report): void {
  const config = () =>
    new Option('-c, --config <file>', 'The configuration file (default: becket.yaml, or BECKET_CONFIG)')
  const dataDir = () => new Option('--data-dir <dir>', 'The data directory (default: .becket, or BECKET_DATA_DIR)')
  const json = () => new Option('--json', 'Print JSON')

  program
    .command('serve')
    .description('Run the server, or a part of it, until it is told to stop')
    .addOption(config())
    .option('-p, --port <port>', 'The port to listen on (default: 7400, or PORT); 0 takes any free one')
    .option('--roles <roles>', 'What this process does: intake, api, worker, parted by commas (default: all)')
    .addOption(dataDir())
    .action(async (flags: object) => report(await (await import('./serve.ts')).serve(io, flags)))

  program
    .command('migrate')
    .description("Bring the database's schema up to date; the server does so by itself when it starts")
    .option('--status', 'Change nothing: show what is applied and what is pending')
    .addOption(config())
    .addOption(dataDir())
    .addOption(json())
    .action(async (flags: object) => report(await (await import('./migrate.ts')).runMigrate(io, flags)))

  program
    .command('config')
    .description('Show the effective configuration, and where each value came from; secrets are masked')
    .addOption(config())
    .addOption(dataDir())
    .addOption(json())
    .action(async (flags: object) => report(await (await import('./config.ts')).showConfig(io, flags)))
}

function exitCodeHelp(): string {
  const lines = exitCodeMeanings.map(([code, meaning]) => `  ${String(code).padStart(2)}  ${meaning}`)
  return `\nExit codes:\n${lines.join('\n')}`
}
