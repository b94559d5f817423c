/** What is due and held by nobody, per kind of work. Much of it, or old, means that workers are missing or stuck. */
import type { Health } from '@becket/client'
import { DataTable } from '../data-table.tsx'
import { Panel } from '../panel.tsx'
import type { Section } from '../snapshot.ts'
import { durationText } from '../time-text.ts'

export function LanesPanel({ section }: { section: Section<Health> | null }) {
  return (
    <Panel
      title="Lanes"
      section={section}
      empty={({ lanes }) => (lanes.length > 0 ? null : <p>Nothing is waiting to be done.</p>)}
    >
      {({ lanes }) => (
        <DataTable
          caption="Lanes"
          rows={lanes}
          keyOf={({ lane }) => lane}
          columns={[
            { head: 'Lane', isWide: true, cell: ({ lane }) => lane },
            { head: 'Due', isNumeric: true, cell: ({ due }) => due.toLocaleString() },
            {
              head: 'Oldest',
              isNumeric: true,
              cell: ({ oldestDueMs }) =>
                oldestDueMs === null ? <span className="faint">-</span> : durationText(oldestDueMs),
            },
          ]}
        />
      )}
    </Panel>
  )
}
