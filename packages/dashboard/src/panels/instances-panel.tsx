/** Which processes there are, and when each last got on. */
import type { Health, Instance } from '@becket/client'
import { DataTable } from '../data-table.tsx'
import { HealthMark } from '../mark.tsx'
import { Moment } from '../moment.tsx'
import { Panel } from '../panel.tsx'
import { progressTimes } from '../progress-times.ts'
import type { Section } from '../snapshot.ts'

interface InstancesPanelProps {
  section: Section<Health> | null
  now: number
  isOld: boolean
}

export function InstancesPanel({ section, now, isOld }: InstancesPanelProps) {
  return (
    <Panel
      title="Instances"
      section={section}
      empty={({ instances }) =>
        instances.length > 0 ? null : (
          <p>
            No process has reported itself. Start one: <code>becket serve</code>
          </p>
        )
      }
    >
      {({ instances }) => (
        <DataTable
          caption="Instances"
          rows={instances}
          keyOf={({ id }) => id}
          columns={[
            { head: 'Status', cell: ({ status }) => <HealthMark status={status} isOld={isOld} /> },
            { head: 'Roles', cell: ({ roles }) => roles.join(', ') },
            { head: 'Last progress', cell: ({ progress }) => <Progress progress={progress} now={now} /> },
            { head: 'Seen', cell: (row) => <Seen row={row} now={now} /> },
            { head: 'Where', isWide: true, cell: ({ host, pid }) => `${host}, process ${pid}` },
            { head: 'Release', cell: ({ release }) => release },
            { head: 'Configuration', cell: ({ configuration }) => <code>{configuration.slice(0, 8)}</code> },
          ]}
        />
      )}
    </Panel>
  )
}

function Progress({ progress, now }: { progress: Instance['progress']; now: number }) {
  const [latest] = progressTimes(progress)
  if (latest === undefined) return <span className="faint">none reported</span>
  return (
    <>
      {latest.loop} <Moment time={latest.at} now={now} />
    </>
  )
}

function Seen({ row, now }: { row: Instance; now: number }) {
  if (row.stoppedAt === null) return <Moment time={row.seenAt} now={now} />
  return (
    <>
      stopped <Moment time={row.stoppedAt} now={now} />
    </>
  )
}
