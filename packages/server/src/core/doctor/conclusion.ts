/** From what a check found in one service to its findings: at least one, so that nothing passes by not being asked. */
import { type CheckCode, checkOf } from './checks.ts'
import type { Finding } from './finding.ts'
import type { Look } from './service-environment.ts'

export type Remark = Pick<Finding, 'subject' | 'evidence'> &
  Partial<Pick<Finding, 'severity' | 'status' | 'consequence' | 'remedy' | 'capability'>>

export interface Seen {
  /** What is wrong, or in doubt by its `status`. */
  remarks: readonly Remark[]
  /** What could not be looked at. */
  unseen?: readonly string[]
}

export function conclude(look: Look, check: CheckCode, { remarks, unseen = [] }: Seen): Finding[] {
  const findings = remarks.map((remark) => findingOf(look, check, remark))
  if (unseen.length > 0) {
    const evidence = `Not seen from here: ${unseen.join(', ')}.`
    const remedy = 'Run the doctor where the service runs: there it sees what the service was given.'
    const unseenOne = findingOf(look, check, { subject: look.service.name, status: 'unknown', evidence, remedy })
    findings.push({ ...unseenOne, isUnasked: true })
  }
  if (findings.length > 0) return findings
  return [findingOf(look, check, { subject: look.service.name, status: 'pass', evidence: 'Nothing was found.' })]
}

/** Named in the output, so that nobody takes silence for health. */
export function notAsked(look: Look, check: CheckCode, why: string): Finding {
  const finding = findingOf(look, check, { subject: look.service.name, status: 'unknown', evidence: why })
  return { ...finding, isUnasked: true }
}

function findingOf({ service, environment }: Look, check: CheckCode, remark: Remark): Finding {
  const { severity, consequence, remedy } = checkOf(check)
  return {
    check,
    severity,
    status: 'fail',
    consequence,
    remedy,
    service: service.name,
    ...(environment.environment !== null && { environment: environment.environment }),
    ...remark,
  }
}

/** `the service worker (production)`. */
export function placeOf({ service, environment }: Look): string {
  return environment.environment === null
    ? `the service ${service.name}`
    : `the service ${service.name} (${environment.environment})`
}
