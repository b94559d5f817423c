/** The reference of the doctor's checks as Markdown, from their table. */
import type { Check } from '../../src/core/doctor/check.ts'
import { type CheckCode, checkCodes, checkOf, groupOf } from '../../src/core/doctor/checks.ts'
import { anyCheckOf, runningCheckCodes } from '../../src/core/doctor/running-checks.ts'

const OPENING = `# Checks

What \`becket doctor\` asks, and what to do where the answer is no. A check passes, fails, or is unknown; unknown is never taken
for well. A finding says more than this page: what was seen, and a remedy with the names of this case.
[The guide](../guides/doctor.md) tells how to ask.

\`critical\`: a service does not start, or does harm. \`error\`: a part of its work fails. \`warning\`: it works, and not for long, or
not as was meant. \`info\`: worth knowing. A finding may weigh less than its check: a variable that only a part of the work needs.

This page is made from \`packages/server/src/core/doctor/checks.ts\`.
`

const groups: Readonly<Record<string, string>> = {
  ENV: 'Variables',
  DB: 'The database',
  NET: 'The network',
  HK: 'Callbacks',
  KEY: 'Keys',
  INIT: 'Starting',
  CLK: 'Clocks',
  STO: 'Storage',
  HOST: 'The machine',
  RUN: 'What runs',
}

const needs: Readonly<Record<Check['needs'], string>> = {
  text: 'what is written',
  several: 'two environments or services',
  network: 'to run where the service runs',
  history: 'a record of an earlier deployment',
}

export function checkReference(): string {
  const named = [...new Set(checkCodes.map(groupOf))]
  return [OPENING, ...named.flatMap(section), ...running()].join('\n')
}

/** Asked by the server of itself, and by `becket doctor deploy`. */
function running(): string[] {
  return [
    '## A system that runs',
    '',
    'The server asks these of itself: `becket doctor deploy`, `POST /v1/findings/run`, and its own canary.',
    '',
    '| code | severity | where it fails | what to do |',
    '|---|---|---|---|',
    ...runningCheckCodes.map((code) => {
      const check = anyCheckOf(code)
      if (check === null) throw new Error(`there is no check ${code}`)
      return line([`\`${code}\``, check.severity, `${check.title}. ${check.consequence}`, check.remedy])
    }),
    '',
  ]
}

function section(group: string): string[] {
  const title = groups[group]
  if (title === undefined) throw new Error(`the group ${group} has no title here`)
  return [
    `## ${title}`,
    '',
    '| code | severity | what it asks | needs | where it fails | what to do |',
    '|---|---|---|---|---|---|',
    ...checkCodes.filter((code) => groupOf(code) === group).map(row),
    '',
  ]
}

function row(code: CheckCode): string {
  const { severity, asks, title, consequence, remedy, needs: needed } = checkOf(code)
  return line([`\`${code}\``, severity, asks, needs[needed], `${title}. ${consequence}`, remedy])
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`
}
