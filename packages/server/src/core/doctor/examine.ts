/** Asks every check that text can answer of every service that was given. What it cannot answer it names as not asked. */
import { checkCallbackAddress } from './callback-address.ts'
import { type CheckCode, checkCodes, checkOf, groupOf } from './checks.ts'
import { type Comparison, compareEnvironments, type MarkedEnvironment } from './compare.ts'
import { notAsked } from './conclusion.ts'
import { checkDatabases } from './database-checks.ts'
import { checkIdentity } from './environment-identity.ts'
import { type Finding, orderFindings } from './finding.ts'
import { markVariables } from './fingerprint.ts'
import { checkKeyClaims } from './key-claims.ts'
import { type Manifest, ruleOf } from './manifest.ts'
import { checkNames } from './name-checks.ts'
import { parityFindings } from './parity-checks.ts'
import { checkRequired } from './required-variables.ts'
import { environmentOf, type Look } from './service-environment.ts'
import {
  checkCleanliness,
  checkForms,
  checkKeyLengths,
  checkPlaceholders,
  checkProductionOnly,
} from './value-checks.ts'

const textChecks = [
  checkRequired,
  checkPlaceholders,
  checkForms,
  checkCleanliness,
  checkNames,
  checkIdentity,
  checkProductionOnly,
  checkDatabases,
  checkCallbackAddress,
  checkKeyClaims,
  checkKeyLengths,
]

const reasons = {
  network: 'Not asked here: it takes the network.',
  history: 'Not asked here: nothing is recorded of an earlier deployment.',
  several: 'Not asked here: it takes systems that run; see becket doctor compare --against URL.',
} as const

export interface Examination {
  findings: Finding[]
  comparison: Comparison
}

/** `key`: of the fingerprints, made for this run; nothing of them leaves it. */
export function examine(manifest: Manifest, looks: readonly Look[], key: Uint8Array): Examination {
  const own = looks.flatMap((look) => textChecks.flatMap((check) => check(look)))
  const comparison = compareEnvironments(manifest, markEnvironments(looks, key))
  const parity = parityFindings(manifest, comparison)
  const asked = new Set([...own, ...parity].map(({ check }) => check))
  const rest = looks.flatMap((look) =>
    checkCodes.flatMap((code) => {
      const { needs } = checkOf(code)
      return asked.has(code) || needs === 'text' ? [] : [notAsked(look, code, reasons[needs])]
    }),
  )
  return {
    findings: orderFindings(joinAbsences([...own, ...parity, ...rest], comparison.environments[0] ?? '')),
    comparison,
  }
}

/** Two checks see one absence: the one that says what it costs stays, and says where it is set. */
function joinAbsences(findings: readonly Finding[], reference: string): Finding[] {
  const isOf = (one: Finding, other: Finding) =>
    one.subject === other.subject && one.service === other.service && one.environment === other.environment
  const required = findings.filter(({ check, status }) => check === 'ENV01' && status === 'fail')
  return findings.flatMap((finding) => {
    if (finding.status !== 'fail') return [finding]
    if (finding.check === 'ENV09' && required.some((each) => isOf(each, finding))) return []
    const isElsewhere =
      finding.check === 'ENV01' && findings.some((each) => each.check === 'ENV09' && isOf(each, finding))
    return [isElsewhere ? { ...finding, evidence: `${finding.evidence} It is set in ${reference}.` } : finding]
  })
}

function markEnvironments(looks: readonly Look[], key: Uint8Array): MarkedEnvironment[] {
  const names = [...new Set(looks.map(nameOf))]
  return names.map((environment) => ({
    environment,
    services: looks
      .filter((look) => nameOf(look) === environment)
      .map((look) => ({
        service: look.service.name,
        marks: markVariables(look, key),
        strangers: look.environment.isWhole
          ? [...look.environment.settings.keys()].filter((name) => ruleOf(look.service, name) === undefined)
          : [],
      })),
  }))
}

function nameOf(look: Look): string {
  return look.environment.environment ?? environmentOf(look) ?? 'here'
}

/** `ENV` means all of its group. */
export function isAmong(only: readonly string[], check: CheckCode): boolean {
  return only.length === 0 || only.includes(check) || only.includes(groupOf(check))
}
