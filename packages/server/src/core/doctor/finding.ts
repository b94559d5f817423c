/**
 * What the doctor says about one check, and how findings are put in order. Knows no check by itself; see `checks.ts`.
 * A finding never holds a value of a variable: it names the variable and where it was written.
 */
import { type CheckCode, checkOf } from './checks.ts'

/** From worst to least. */
export const severities = ['critical', 'error', 'warning', 'info'] as const
export type Severity = (typeof severities)[number]

/** `unknown` is never `pass`: nobody may take it for one. */
export type FindingStatus = 'pass' | 'fail' | 'unknown'

export interface Finding {
  check: CheckCode
  /** Of this finding; a soft need weighs less than the check says. */
  severity: Severity
  status: FindingStatus
  /** A variable, the host of an address, or a service. */
  subject: string
  service?: string
  environment?: string
  /** What was seen, and where; never a value. */
  evidence: string
  consequence: string
  /** Text that can be copied. */
  remedy: string
  /** What cannot be done until this is mended. */
  capability?: string
  /** Nobody could ask here: it takes the network, another environment, or a value that stands elsewhere. */
  isUnasked?: true
  /** Somebody saw that the remedy works. */
  isProven?: true
}

/** What is worst first; of equals, what must be mended before the other can work. Equals keep their order. */
export function orderFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((one, other) => {
    const bySeverity = severities.indexOf(one.severity) - severities.indexOf(other.severity)
    return bySeverity === 0 ? checkOf(one.check).mendRank - checkOf(other.check).mendRank : bySeverity
  })
}

export type Health = 'fine' | 'warnings' | 'errors'

/**
 * Whatever is unknown is a warning: it was not proven to be well. What is merely worth knowing is none. Where something was
 * asked, what it takes another environment or a record of the past to tell is no warning either: other commands ask that.
 */
export function healthOf(findings: readonly Finding[]): Health {
  const open = findings.filter(({ status }) => status !== 'pass')
  if (open.some(({ status, severity }) => status === 'fail' && (severity === 'critical' || severity === 'error'))) {
    return 'errors'
  }
  const isNothingAsked = open.length > 0 && findings.every(({ isUnasked }) => isUnasked === true)
  const isWarning = (finding: Finding) =>
    finding.status === 'unknown' ? !isOthersToAsk(finding) : finding.severity === 'warning'
  return isNothingAsked || open.some(isWarning) ? 'warnings' : 'fine'
}

/** Nobody could ask here, and other commands do: it takes another environment, or a record of the past. */
export function isOthersToAsk({ check, severity, isUnasked }: Finding): boolean {
  const { needs } = checkOf(check)
  return isUnasked === true && (severity === 'info' || needs === 'several' || needs === 'history')
}
