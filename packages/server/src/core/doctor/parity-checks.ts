/** ENV07, ENV08 and ENV09: from a comparison to findings. */
import { type CheckCode, checkOf } from './checks.ts'
import type { Comparison, ComparisonRow } from './compare.ts'
import type { Finding } from './finding.ts'
import { type Manifest, ruleOf, serviceOf } from './manifest.ts'

export function parityFindings(manifest: Manifest, comparison: Comparison): Finding[] {
  const [reference] = comparison.environments
  const found = comparison.rows.flatMap((row) => {
    switch (row.verdict) {
      case 'shared':
        return [sharedFinding(manifest, row)]
      case 'disagrees':
        return [disagreement(manifest, row)]
      case 'missing':
        return row.between.map((environment) => missing(manifest, row, environment, reference ?? ''))
      default:
        return []
    }
  })
  const several = comparison.environments.length > 1
  return [
    ...once(found),
    ...settled(
      comparison,
      'ENV07',
      found,
      several ? null : 'one environment alone shares nothing; see becket doctor compare',
    ),
    ...settled(
      comparison,
      'ENV08',
      found,
      hasSeveralServices(comparison) ? null : 'it takes two services of one environment',
    ),
    ...settled(comparison, 'ENV09', found, several ? null : 'it takes a second environment; see becket doctor compare'),
  ]
}

function hasSeveralServices({ rows }: Comparison): boolean {
  return new Set(rows.map(({ service }) => service)).size > 1
}

/** One disagreement between two services is found from both sides. */
function once(findings: readonly Finding[]): Finding[] {
  return findings.filter((finding, index) => {
    const same = ({ check, subject, environment }: Finding) =>
      check === 'ENV08' && check === finding.check && subject === finding.subject && environment === finding.environment
    return !findings.slice(0, index).some(same)
  })
}

/** What was compared and is well passes; what could not be compared is unknown. */
function settled(
  { rows, environments }: Comparison,
  check: CheckCode,
  found: readonly Finding[],
  unasked: string | null,
): Finding[] {
  const { severity, consequence, remedy } = checkOf(check)
  const subject = environments.join(' and ')
  const base = { check, severity, subject, consequence, remedy }
  if (unasked !== null)
    return [{ ...base, status: 'unknown', evidence: `Not asked here: ${unasked}.`, isUnasked: true }]
  const unseen = rows.filter(({ cells }) => cells.includes('unknown'))
  if (unseen.length > 0) {
    const names = unseen.map(({ service, variable }) => `${service} ${variable}`).join(', ')
    return [{ ...base, status: 'unknown', evidence: `Not seen from here: ${names}.`, isUnasked: true }]
  }
  const isFound = found.some((finding) => finding.check === check)
  return isFound ? [] : [{ ...base, status: 'pass', evidence: 'Nothing was found.' }]
}

function sharedFinding(manifest: Manifest, { service, variable, between }: ComparisonRow): Finding {
  const [one = '', other = ''] = between
  const rule = ruleIn(manifest, service, variable)
  const isDatabase = rule?.format.kind === 'postgres-url'
  return {
    ...checkFields('ENV07'),
    subject: variable,
    service,
    environment: other,
    evidence: `${variable} of ${service} ${isDatabase ? 'leads to one database' : 'is the same'} in ${one} and ${other}.`,
    remedy: isDatabase
      ? `Give ${other} a database of its own, and set ${variable} on the service ${service} (${other}) to it.`
      : `Make a new value for ${variable}, and set it on the service ${service} (${other}).`,
    ...capabilityOf(manifest, service, variable),
  }
}

function disagreement(manifest: Manifest, { service, variable, between }: ComparisonRow): Finding {
  const [environment = '', ...services] = between
  const rule = ruleIn(manifest, service, variable)
  const isDatabase = rule?.format.kind === 'postgres-url'
  const all = services.join(' and ')
  return {
    ...checkFields('ENV08'),
    subject: variable,
    environment,
    evidence: `${variable} ${isDatabase ? 'leads to different databases' : 'differs'} between ${all} in ${environment}.`,
    remedy: `Set ${variable} to one value on ${all} (${environment}).`,
    ...capabilityOf(manifest, service, variable),
  }
}

function missing(
  manifest: Manifest,
  { service, variable }: ComparisonRow,
  environment: string,
  reference: string,
): Finding {
  return {
    ...checkFields('ENV09'),
    subject: variable,
    service,
    environment,
    evidence: `${variable} of ${service} is set in ${reference}, and absent in ${environment}.`,
    remedy: `Set ${variable} on the service ${service} (${environment}), with a value of ${environment}.`,
    ...capabilityOf(manifest, service, variable),
  }
}

function checkFields(check: CheckCode) {
  const { severity, consequence } = checkOf(check)
  return { check, severity, status: 'fail' as const, consequence }
}

function ruleIn(manifest: Manifest, service: string, variable: string) {
  const found = serviceOf(manifest, service)
  return found === undefined ? undefined : ruleOf(found, variable)
}

function capabilityOf(manifest: Manifest, service: string, variable: string): { capability?: string } {
  const capability = ruleIn(manifest, service, variable)?.capability ?? null
  return capability === null ? {} : { capability }
}
