/** Writes `docs/reference/cli.md` from the commands themselves. */
import type { Command } from 'commander'

export function renderCliReference(program: Command): string {
  const intro = [
    '# The command line',
    'This page is made from the commands; `becket help COMMAND` shows the same.',
    'The commands that speak to a server use `--url` or `BECKET_URL`, and `--api-key` or `BECKET_API_KEY`; on the machine of the\nserver, the key that it left in its data directory is used by itself. `NO_COLOR` is respected.',
  ]
  return `${[...intro, ...chapters(program, '')].join('\n\n')}\n`
}

function chapters(command: Command, parents: string): string[] {
  const name = `${parents}${command.name()}`
  const own = [`## ${name}`, `\`\`\`text\n${helpOf(command).trimEnd()}\n\`\`\``]
  return [...own, ...command.commands.flatMap((child) => chapters(child, `${name} `))]
}

/** With what is added behind the help, which `helpInformation` leaves out. */
function helpOf(command: Command): string {
  let text = ''
  const before = command.configureOutput()
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
  })
  command.outputHelp()
  command.configureOutput(before)
  return text
}
