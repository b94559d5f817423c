/** How a command that speaks to a server is declared: its words and options, and the flags that all of them have. */
import { type Command, Option } from 'commander'
import type { ExitCode, Report } from './exit-code.ts'
import type { CliIo } from './io.ts'
import type { RemoteFlags, Session } from './remote.ts'

type Work<Flags> = (session: Session, flags: Flags, ...words: string[]) => Promise<ExitCode>

export interface Frame {
  io: CliIo
  report: Report
}

export function listing(
  parent: Command,
  description: string,
  frame: Frame,
  work: Work<Record<string, unknown>>,
): Command {
  const withoutFrame: Work<Record<string, unknown>> = (session, flags) => {
    const { url: _url, apiKey: _apiKey, dataDir: _dataDir, json: _json, ...filter } = flags
    return work(session, filter)
  }
  return remote(parent, 'list', description, frame, withoutFrame)
    .option('--limit <number>', 'How many at most, 1 to 200 (default: 50)')
    .option('--cursor <cursor>', 'Where the page before ended')
}

export function remote<Flags = object>(
  parent: Command,
  usage: string,
  description: string,
  { io, report }: Frame,
  work: (session: Session, flags: Flags, ...words: string[]) => Promise<ExitCode>,
): Command {
  return parent
    .command(usage)
    .description(description)
    .addOption(new Option('--json', 'Print JSON'))
    .addOption(new Option('--url <url>', 'The server (default: http://127.0.0.1:7400, or BECKET_URL)'))
    .addOption(new Option('--api-key <key>', 'The key; BECKET_API_KEY keeps it out of the list of processes'))
    .addOption(new Option('--data-dir <dir>', "Where this machine's server left admin.key (default: .becket)"))
    .action(async (...given: unknown[]) => {
      const { openSession } = await import('./remote.ts')
      // commander calls with the arguments, then the flags, then the command.
      const command = given.at(-1) as Command
      // A flag that the command above has as well is that one's, wherever it was written.
      const flags = command.optsWithGlobals<Flags & RemoteFlags>()
      // An optional argument that was not given comes as undefined, and is no word.
      const words = given
        .slice(0, -2)
        .flat()
        .filter((word) => word !== undefined)
        .map(String)
      report(await work(await openSession(io, flags), flags, ...words))
    })
}
