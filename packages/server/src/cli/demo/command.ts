/** The command `becket demo` and its options. */
import { InvalidArgumentError } from 'commander'
import type { Registration } from '../program.ts'

// 9: of the small numbers the one by which every way of settling is seen, and most faults.
const DEFAULT_SEED = 9

export const registerDemo: Registration = (program, io, report) => {
  program
    .command('demo')
    .description('See it work: real documents, stand-ins that lose 40 % of their callbacks, and a scoreboard')
    .option('--once', 'Exit afterwards: 0 only if every document is accounted for')
    .option('--json', 'Print the scoreboard as the last JSON object')
    .option('--loss <share>', 'Share of the callbacks to lose, 0 to 1', share, 0.4)
    .option('--seed <number>', 'Repeat a run: the same seed strikes the same documents', wholeNumber, DEFAULT_SEED)
    .option('--documents <dir>', 'Run your own PDF files instead of the examples')
    .option('--data-dir <dir>', 'Where the data lies (default: .becket/demo, or BECKET_DATA_DIR)')
    .option('-p, --port <port>', 'The port to listen on (default: 7400, or any free one)', wholeNumber)
    .action(async (flags) => report(await (await import('./demo.ts')).demo(io, flags)))
}

function share(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('Expected a share from 0 to 1, such as 0.4.')
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= 0) return value
  throw new InvalidArgumentError('Expected a whole number.')
}
