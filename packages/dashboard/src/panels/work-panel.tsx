/** The latest documents and jobs, with what went wrong and the support id that their users quote. */
import type { Document, JobSummary, Page } from '@becket/client'
import { DataTable } from '../data-table.tsx'
import { Mark } from '../mark.tsx'
import { Moment } from '../moment.tsx'
import { Panel } from '../panel.tsx'
import { recentWork, type WorkRow } from '../recent-work.ts'
import type { Section } from '../snapshot.ts'

const MOST_ROWS = 20

interface WorkPanelProps {
  documents: Section<Page<Document>> | null
  jobs: Section<Page<JobSummary>> | null
  now: number
}

export function WorkPanel({ documents, jobs, now }: WorkPanelProps) {
  return (
    <Panel
      title="Recent documents and jobs"
      section={rowsOf(documents, jobs)}
      empty={(rows) =>
        rows.length > 0 ? null : (
          <p>
            Nothing was handed in yet. Watch it with invented documents: <code>npm run demo</code>
          </p>
        )
      }
    >
      {(rows) => (
        <DataTable
          caption="Recent documents and jobs, the last moved first"
          rows={rows}
          keyOf={({ id }) => id}
          columns={[
            { head: 'Status', cell: ({ tone, status }) => <Mark tone={tone}>{status}</Mark> },
            { head: 'What', isWide: true, cell: ({ name }) => name },
            { head: 'Error', isWide: true, cell: ({ error }) => <WorkError error={error} /> },
            { head: 'Tries', isNumeric: true, cell: ({ attempt }) => attempt ?? <span className="faint">-</span> },
            { head: 'Moved', cell: ({ at }) => <Moment time={at} now={now} /> },
            { head: 'Id', cell: ({ id }) => <code className="id">{id}</code> },
          ]}
        />
      )}
    </Panel>
  )
}

function rowsOf(documents: WorkPanelProps['documents'], jobs: WorkPanelProps['jobs']): Section<WorkRow[]> | null {
  if (documents === null || jobs === null) return null
  if (documents.kind === 'unknown') return documents
  if (jobs.kind === 'unknown') return jobs
  return { kind: 'known', value: recentWork(documents.value.items, jobs.value.items, MOST_ROWS) }
}

function WorkError({ error }: { error: WorkRow['error'] }) {
  if (error === null) return <span className="faint">-</span>
  return (
    <>
      <code>{error.code}</code> {error.message} <span className="faint">Reference: {error.supportId}</span>
    </>
  )
}
