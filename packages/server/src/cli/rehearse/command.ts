/** The commands `becket rehearse …` and their options. */
import { InvalidArgumentError } from 'commander'
import type { Registration } from '../program.ts'
import { MOST_DOCUMENTS } from './race-settings.ts'

export const registerRehearse: Registration = (program, io, report) => {
  const rehearse = program
    .command('rehearse')
    .description('Measure Becket against stand-ins that misbehave; nothing of yours is touched')

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
