/** Who owes us an outcome, the longest overdue first, when they are asked next and why then. */
import type { ExpectationSummary, Page } from '@becket/client'
import { DataTable } from '../data-table.tsx'
import { Mark } from '../mark.tsx'
import { Moment } from '../moment.tsx'
import { Panel } from '../panel.tsx'
import type { Section } from '../snapshot.ts'
import { durationText } from '../time-text.ts'

// What fits without burying the rest of the page.
const MOST_ROWS = 25

export function ExpectationsPanel({
  section,
  now,
}: {
  section: Section<Page<ExpectationSummary>> | null
  now: number
}) {
  return (
    <Panel
      title="Open expectations"
      note={section?.kind === 'known' ? noteOf(section.value) : null}
      section={section}
      empty={({ items }) =>
        items.length > 0 ? null : (
          <p>
            Nobody owes an outcome. To register one before you call a provider:{' '}
            <code>{'await becket.expect({ source, operation, key })'}</code>
          </p>
        )
      }
    >
      {({ items }) => (
        <DataTable
          caption="Open expectations, the longest overdue first"
          rows={items.slice(0, MOST_ROWS)}
          keyOf={({ id }) => id}
          columns={[
            { head: 'Lateness', cell: (row) => <Lateness row={row} now={now} /> },
            { head: 'State', cell: ({ state }) => state },
            { head: 'Asked of', cell: ({ source, operation }) => `${source} ${operation}` },
            { head: 'Next check', cell: ({ nextCheckAt }) => <NextCheck at={nextCheckAt} now={now} /> },
            {
              head: 'Why then',
              isWide: true,
              cell: ({ nextCheckWhy }) => nextCheckWhy ?? <span className="faint">-</span>,
            },
            { head: 'Checks', isNumeric: true, cell: ({ checks }) => checks },
            { head: 'Gives up', cell: ({ deadline }) => <Moment time={deadline} now={now} /> },
            { head: 'Id', cell: ({ id }) => <code className="id">{id}</code> },
          ]}
        />
      )}
    </Panel>
  )
}

function noteOf({ items, nextCursor }: Page<ExpectationSummary>): string | null {
  const shown = Math.min(items.length, MOST_ROWS)
  if (nextCursor !== null) return `the first ${shown} of more than ${items.length}, the longest overdue first`
  return items.length > shown ? `the first ${shown} of ${items.length}, the longest overdue first` : null
}

function Lateness({ row, now }: { row: ExpectationSummary; now: number }) {
  const late = now - Date.parse(row.expectBy)
  if (late > 0) return <Mark tone="notable">{`${durationText(late)} late`}</Mark>
  return <Mark tone="busy">{`expected in ${durationText(-late)}`}</Mark>
}

function NextCheck({ at, now }: { at: string | null; now: number }) {
  if (at === null) return <span className="faint">none planned</span>
  return Date.parse(at) <= now ? <span>due</span> : <Moment time={at} now={now} />
}
