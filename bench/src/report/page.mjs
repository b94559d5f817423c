/**
 * `docs/reference/performance.md`: what was measured and how it stands, made from results; and between two markers what
 * somebody wrote by hand, which is left as it is. Pure.
 */
import { barsOf } from './bars.mjs'
import { markdownTable } from './markdown.mjs'
import { isShown, sectionsOf } from './sections.mjs'

const BEGIN = '<!-- by hand: what stands between these two lines is kept -->'
const END = '<!-- by hand: end -->'
const NOTHING_YET = '## Where the time goes\n\nNo profile is kept yet: `npm run bench -- profile` makes one.'

/** `before`: the page as it is, or undefined. */
export function pageOf(all, before) {
  return `${[
    '# Performance',
    '<!-- Made by `npm run bench -- report` from bench/results; only the part by hand is edited here. -->',
    intro(all),
    '## What we hold ourselves to',
    barTable(all),
    `${BEGIN}\n\n${handWritten(before)}\n\n${END}`,
    sectionsOf(all),
    settingsOf(all),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`
}

/** What somebody wrote, or what stands there until somebody does. A page whose markers were lost is refused. */
export function handWritten(before) {
  if (before === undefined) return NOTHING_YET
  const [begin, end] = [before.indexOf(BEGIN), before.indexOf(END)]
  if (begin < 0 || end < begin) {
    throw new Error(`the page has lost the lines around the part by hand: put back \`${BEGIN}\` and \`${END}\``)
  }
  return before.slice(begin + BEGIN.length, end).trim()
}

function intro(all) {
  const results = Object.values(all)
  const latest = results.toSorted((one, other) => one.date.localeCompare(other.date)).at(-1)
  const sides =
    'Becket beside what its users could pick instead, on one machine, with the same PostgreSQL, the same stand-in ' +
    'provider over real HTTP, everybody syncing to disk before an answer. Contenders take turns, and medians count. ' +
    'A number that was not measured is not here; [bench/README.md](../../bench/README.md) says how to measure them again.'
  if (latest === undefined) return `${sides}\n\nNothing is measured yet.`
  const { machine, versions } = latest
  const memory = `${Math.round(machine.memoryBytes / 1_073_741_824)} GiB`
  const machines = new Set(results.map((result) => JSON.stringify(result.machine)))
  const { node, becket: _, harness: __, postgres: ___, ...peers } = versions
  const postgres = results.map((result) => result.versions.postgres).find((version) => version !== undefined)
  const lines = [
    `- Machine: ${machine.cpu}, ${machine.cores} cores shared by everything, ${memory}, ${machine.system}`,
    `- Node ${node}${postgres === undefined ? '' : `, PostgreSQL ${postgres}`}`,
    `- ${Object.entries(peers)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
  ]
  if (machines.size > 1)
    lines.push('- **Not all of it was measured on the same machine: compare within a table only.**')
  return `${sides}\n\n${lines.join('\n')}`
}

function barTable(all) {
  const words = new Map([
    [true, 'met'],
    [false, '**not met**'],
    [null, 'not measured'],
  ])
  return markdownTable(
    [
      { name: 'what', value: ({ what }) => what },
      { name: 'wanted', value: ({ wanted }) => wanted },
      { name: 'measured', value: ({ found }) => found ?? '-' },
      { name: '', value: ({ isMet }) => words.get(isMet) },
    ],
    barsOf(all),
  )
}

function settingsOf(all) {
  const rows = Object.entries(all)
    .filter(([name]) => isShown(name))
    .map(([name, { settings }]) => ({ name, settings }))
  if (rows.length === 0) return ''
  return `## Settings\n\n${markdownTable(
    [
      { name: 'suite', value: ({ name }) => name },
      { name: 'settings', value: ({ settings }) => `\`${JSON.stringify(settings)}\`` },
    ],
    rows,
  )}`
}
