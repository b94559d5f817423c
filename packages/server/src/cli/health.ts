/** `becket health`: whether the whole installation works. Unknown is not healthy. */
import type { Health } from '@becket/client/contract'
import { formatByteSize } from '../config/byte-size.ts'
import { describeDuration } from '../core/duration.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { stateCell } from './output.ts'
import type { Session } from './remote.ts'
import { printRetention } from './retention.ts'

/** 0 only when everything is healthy, so that a probe can go by it. */
export async function showHealth(session: Session): Promise<ExitCode> {
  const health = await session.becket.health()
  session.show(health, () => {
    const { output } = session
    output.facts([
      ['status', stateCell(health.status)],
      ['environment', health.environment],
      ['release', health.release],
      ['database', stateCell(health.database.status)],
      ['', health.database.reason],
      ...spoolFacts(health.spool),
    ])
    output.line()
    output.table(
      ['role', 'status', 'instances'],
      Object.entries(health.roles).map(([role, { status, instances }]) => [role, stateCell(status), String(instances)]),
    )
    if (health.instances.length > 0) {
      output.line()
      output.table(
        ['instance', 'status', 'roles', 'release', 'configuration', 'host', 'pid', 'seen'],
        health.instances.map((each) => [
          each.id,
          stateCell(each.stoppedAt === null ? each.status : 'stopped'),
          each.roles.join(','),
          each.release,
          each.configuration,
          each.host,
          String(each.pid),
          output.when(each.seenAt),
        ]),
      )
    }
    if (health.paused.length > 0) {
      output.line()
      output.table(
        ['paused', 'because of', 'since', 'tries again', 'reason'],
        health.paused.map(({ capability, dependency, since, nextTryAt, reason }) => [
          capability,
          dependency,
          output.when(since),
          output.when(nextTryAt),
          reason,
        ]),
      )
    }
    const late = health.lanes.filter(({ due }) => due > 0)
    if (late.length > 0) {
      output.line()
      const since = (ms: number | null) => (ms === null ? null : describeDuration(ms))
      output.table(
        ['lane', 'due', 'oldest'],
        late.map(({ lane, due, oldestDueMs }) => [lane, String(due), since(oldestDueMs)]),
      )
    }
    printRetention(session.output, health.retention)
    const failing = health.breakers.filter(({ state }) => state !== 'closed')
    if (failing.length > 0) {
      output.line()
      output.table(
        ['breaker', 'state', 'tries again', 'reason'],
        failing.map(({ name, state, retryAt, reason }) => [name, stateCell(state), output.when(retryAt), reason]),
      )
    }
  })
  return health.status === 'healthy' ? exitCodes.ok : exitCodes.failed
}

/** Nothing where nothing waits: then there is nothing to know. */
function spoolFacts(spool: Health['spool']): [string, string | null][] {
  if (spool === null || (spool.state === 'closed' && spool.setAside === 0 && spool.fault === null)) return []
  const { waiting, setAside, bytes, maxBytes } = spool
  const size = `${formatByteSize(bytes)} of ${formatByteSize(maxBytes)}`
  return [
    ['spool', `${spool.state}, ${waiting} callbacks on disk, ${size}`],
    ['', setAside === 0 ? null : `${setAside} set aside: the database refuses them; the log says why`],
    ['', spool.reason],
    ['', spool.fault],
  ]
}
