/** The page of incidents as Markdown, from the catalogue. */
import { checks, isCheckCode } from '../../src/core/doctor/checks.ts'
import { anyCheckOf } from '../../src/core/doctor/running-checks.ts'
import { catalogue } from './catalogue.ts'
import type { Caught, Incident } from './incident.ts'

const OPENING = `# Incidents

What went wrong for the first users, and which check of Becket would have told it before it cost a day. Each row names the
tests that make the failure happen and hold what is said of it; a row without a check says why none of ours can see it.
This page is made from the catalogue that those tests use.

Here are the incidents of configuration (CFG), network (NET), callback addresses (WHU), storage access (STO), silent
stand-ins (MOCK) and deployments (DEP). What went wrong inside a program (races, states, payloads, load, logins) is held by
the tests of the parts that do that work. Checks are those of \`becket doctor\` (\`ENV01\`, \`DB01\`) and of
\`becket doctor deploy\` (\`RUN01\`); a word such as *start* or *pipeline* names the part of Becket that refuses by itself.`

const SERIES: readonly (readonly [RegExp, string])[] = [
  [/^A-/, 'Numbered incidents'],
  [/^B-/, 'The deployment of September 2025'],
  [/^C-/, 'The log of manual tests'],
  [/^(N-|FRACAS-)/, 'Reports without a number, and of test runs'],
]

export function incidentReference(): string {
  const sections = SERIES.map(([ids, title]) => {
    const rows = catalogue.filter(({ id }) => ids.test(id)).map(rowOf)
    return [`## ${title}`, '', '| incident | class | what happened | caught by |', '|---|---|---|---|', ...rows].join(
      '\n',
    )
  })
  const used = new Set(
    catalogue.flatMap(({ outcome }) => ('caughtBy' in outcome ? outcome.caughtBy : [])).map(({ check }) => check),
  )
  const named = [...used].sort().flatMap((check) => {
    const known = isCheckCode(check) ? checks[check] : anyCheckOf(check)
    return known === null ? [] : [`| \`${check}\` | ${cell(known.title)} |`]
  })
  return [OPENING, ...sections, ['## The checks', '', '| check | what it says |', '|---|---|', ...named].join('\n'), '']
    .join('\n\n')
    .trimEnd()
    .concat('\n')
}

function rowOf({ id, class: ofClass, title, outcome }: Incident): string {
  const said = 'caughtBy' in outcome ? outcome.caughtBy.map(shown).join('<br>') : `Not ours: ${outcome.notOurs}.`
  return `| ${id} | ${ofClass} | ${cell(title)} | ${cell(said)} |`
}

function shown({ check, test }: Caught): string {
  return `${/^[A-Z]/.test(check) ? `\`${check}\`` : `*${check}*`} ${test}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}
