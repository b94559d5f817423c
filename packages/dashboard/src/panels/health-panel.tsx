/** The health of each role and of the database, and how much there is of everything. */
import type { Health } from '@becket/client'
import { HealthMark } from '../mark.tsx'
import { Panel } from '../panel.tsx'
import type { Section } from '../snapshot.ts'

const ROLES = [
  ['intake', 'takes callbacks in'],
  ['api', 'answers applications'],
  ['worker', 'does the work'],
] as const

export function HealthPanel({ section, isOld }: { section: Section<Health> | null; isOld: boolean }) {
  return (
    <Panel title="Health" section={section} empty={() => null}>
      {(health) => (
        <>
          <ul className="roles">
            {ROLES.map(([role, duty]) => (
              <li key={role}>
                <strong>{role}</strong>
                <HealthMark status={health.roles[role].status} isOld={isOld} />
                <span className="faint">
                  {duty}; {instancesText(health.roles[role].instances)}
                </span>
              </li>
            ))}
            <li>
              <strong>database</strong>
              <HealthMark status={health.database.status} isOld={isOld} />
              <span className="faint">
                {health.database.reason ??
                  (health.database.tookMs === null
                    ? 'not asked'
                    : `answered in ${Math.round(health.database.tookMs)} ms`)}
              </span>
            </li>
          </ul>
          <OpenCounts open={health.open} />
        </>
      )}
    </Panel>
  )
}

function instancesText(count: number): string {
  return count === 1 ? '1 instance' : `${count} instances`
}

function OpenCounts({ open }: { open: Health['open'] }) {
  return (
    <dl className="counts">
      {Object.entries(open).map(([noun, states]) => (
        <div key={noun}>
          <dt>{noun}</dt>
          <dd>{countsText(states)}</dd>
        </div>
      ))}
    </dl>
  )
}

function countsText(states: Readonly<Record<string, number | undefined>>): string {
  const known = Object.entries(states).filter(([, count]) => count !== undefined && count > 0)
  if (known.length === 0) return 'none open'
  return known.map(([state, count]) => `${count?.toLocaleString()} ${state}`).join(', ')
}
