/** Which dependencies are not called for now, and until when. */
import type { Breaker, Health } from '@becket/client'
import { DataTable } from '../data-table.tsx'
import { Mark } from '../mark.tsx'
import { Moment } from '../moment.tsx'
import { Panel } from '../panel.tsx'
import type { Section } from '../snapshot.ts'

const tones = { closed: 'good', 'half-open': 'notable', open: 'bad' } as const satisfies Record<
  Breaker['state'],
  string
>

export function BreakersPanel({ section, now }: { section: Section<Health> | null; now: number }) {
  return (
    <Panel
      title="Breakers"
      section={section}
      empty={({ breakers }) => (breakers.length > 0 ? null : <p>No dependency has failed yet.</p>)}
    >
      {({ breakers }) => (
        <DataTable
          caption="Breakers"
          rows={breakers}
          keyOf={({ name }) => name}
          columns={[
            { head: 'State', cell: ({ state }) => <Mark tone={tones[state]}>{state}</Mark> },
            { head: 'Dependency', isWide: true, cell: ({ name }) => name },
            { head: 'Faults', isNumeric: true, cell: ({ failures }) => failures },
            { head: 'Opened', isNumeric: true, cell: ({ openedCount }) => `${openedCount} ×` },
            { head: 'Next trial', cell: (row) => <NextTrial row={row} now={now} /> },
            { head: 'Last fault', isWide: true, cell: ({ reason }) => reason ?? <span className="faint">-</span> },
          ]}
        />
      )}
    </Panel>
  )
}

function NextTrial({ row, now }: { row: Breaker; now: number }) {
  if (row.state === 'closed' || row.retryAt === null) return <span className="faint">-</span>
  return Date.parse(row.retryAt) <= now ? <span>due</span> : <Moment time={row.retryAt} now={now} />
}
