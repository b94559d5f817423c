/**
 * The whole doctor: what the text of an environment tells, and what answers when it is asked, as one list of findings. Keeps
 * and prints nothing. What is asked comes from `own-probing.ts` for Becket itself, and from `manifest-probing.ts`.
 */
import { checkOf } from '../core/doctor/checks.ts'
import { examine } from '../core/doctor/examine.ts'
import { type Finding, orderFindings } from '../core/doctor/finding.ts'
import type { Manifest } from '../core/doctor/manifest.ts'
import type { Look } from '../core/doctor/service-environment.ts'
import { withoutTold } from './configuration-findings.ts'
import { findingsOf } from './probe-findings.ts'
import { type ProbeOptions, runProbes } from './probes/run-probes.ts'
import { limitTargets, type Probing } from './probing.ts'
import { makeRunKey } from './run-key.ts'

export interface DiagnosisRequest extends Pick<ProbeOptions, 'signal' | 'deadlineMs' | 'onAnswered'> {
  manifest: Manifest
  looks: readonly Look[]
  /** Null: the network is not asked. */
  probing: Probing | null
  /** Why the network is not asked. */
  unaskedSince?: string
  /** What was found otherwise: a configuration that cannot be read. */
  more?: readonly Finding[]
  /** Groups or codes; empty: all. Whoever can answer none of them is not asked. */
  only?: readonly string[]
}

export interface Diagnosis {
  /** Worst first; of equals, what is to be mended first. */
  findings: Finding[]
  /** What came of each address of the database, where there were several; null: there was one. */
  choice: readonly string[] | null
  tookMs: number
}

export async function diagnose(request: DiagnosisRequest): Promise<Diagnosis> {
  const { manifest, looks, probing, unaskedSince, more = [], only = [], ...limits } = request
  const startedMs = performance.now()
  const byText = examine(manifest, looks, makeRunKey()).findings
  const told = [...byText, ...withoutTold(more, byText)]
  const took = () => Math.round(performance.now() - startedMs)
  if (probing === null) {
    return { findings: orderFindings(told.map((each) => because(each, unaskedSince))), choice: null, tookMs: took() }
  }
  const targets = limitTargets(probing.targets, only)
  const reports = await runProbes(targets, { ...limits, secrets: probing.secrets })
  const { findings, choice } = findingsOf(reports, probing)
  return { findings: orderFindings(joinFindings(told, findings)), choice, tookMs: took() }
}

function because(finding: Finding, reason: string | undefined): Finding {
  if (reason === undefined || finding.isUnasked !== true || checkOf(finding.check).needs !== 'network') return finding
  return { ...finding, evidence: reason }
}

/**
 * `told` by the text, `seen` by asking. What was seen settles what the text left open; what the text proves wrong stays
 * wrong, whatever answered.
 */
export function joinFindings(told: readonly Finding[], seen: readonly Finding[]): Finding[] {
  const ofCheck = (findings: readonly Finding[], { check, service }: Finding) =>
    findings.filter((each) => each.check === check && each.service === service)
  const kept = told.filter((finding) => {
    const answers = ofCheck(seen, finding)
    if (answers.length === 0 || finding.status === 'fail') return true
    if (finding.isUnasked === true) return false
    const isFailed = answers.some(({ status }) => status === 'fail')
    if (finding.status === 'pass') return !isFailed
    return !isFailed && answers.some(({ status }) => status === 'unknown')
  })
  const added = seen.flatMap((finding): Finding[] => {
    const before = ofCheck(kept, finding)
    if (finding.status !== 'fail') return before.length === 0 ? [finding] : []
    if (before.some(({ status, subject }) => status === 'fail' && subject === finding.subject)) return []
    // The text knows more of what to write there: the project, and the service.
    const suspicion = ofCheck(told, finding).find(
      ({ status, subject, isUnasked }) => status === 'unknown' && isUnasked !== true && subject === finding.subject,
    )
    return [suspicion === undefined || finding.isProven === true ? finding : { ...finding, remedy: suspicion.remedy }]
  })
  return [...kept, ...added]
}
