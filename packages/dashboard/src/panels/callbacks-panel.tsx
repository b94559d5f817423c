/** The latest callbacks: whether each proved where it came from, and what became of it. */
import type { CallbackFate, CallbackSummary, CallbackVerdict, Page } from '@becket/client'
import { DataTable } from '../data-table.tsx'
import { Mark } from '../mark.tsx'
import { Moment } from '../moment.tsx'
import { Panel } from '../panel.tsx'
import type { Tone } from '../recent-work.ts'
import type { Section } from '../snapshot.ts'

const verdictTones: Record<CallbackVerdict, Tone> = {
  verified: 'good',
  token: 'good',
  unsigned: 'notable',
  refused: 'bad',
}

const fateTones: Record<CallbackFate, Tone> = {
  received: 'busy',
  matched: 'good',
  late: 'quiet',
  duplicate: 'quiet',
  orphan: 'notable',
  quarantined: 'notable',
  refused: 'bad',
}

export function CallbacksPanel({ section, now }: { section: Section<Page<CallbackSummary>> | null; now: number }) {
  return (
    <Panel
      title="Recent callbacks"
      section={section}
      empty={({ items }) =>
        items.length > 0 ? null : (
          <p>
            No callback has come yet. Give providers the <code>callbackUrl</code> of an expectation, or the address of a
            source, <code>{new URL('in/SOURCE', window.location.href).href.split('#')[0]}</code>
          </p>
        )
      }
    >
      {({ items }) => (
        <DataTable
          caption="Recent callbacks, the newest first"
          rows={items}
          keyOf={({ id }) => id}
          columns={[
            { head: 'Fate', cell: ({ fate }) => <Mark tone={fateTones[fate]}>{fate}</Mark> },
            { head: 'Verdict', cell: ({ verdict }) => <Mark tone={verdictTones[verdict]}>{verdict}</Mark> },
            { head: 'Source', cell: ({ source }) => source },
            {
              head: 'Why',
              isWide: true,
              cell: (row) => row.fateReason ?? row.verdictReason ?? <span className="faint">-</span>,
            },
            { head: 'Bytes', isNumeric: true, cell: ({ bodyBytes }) => bodyBytes.toLocaleString() },
            { head: 'Received', cell: ({ receivedAt }) => <Moment time={receivedAt} now={now} /> },
            { head: 'Id', cell: ({ id }) => <code className="id">{id}</code> },
          ]}
        />
      )}
    </Panel>
  )
}
