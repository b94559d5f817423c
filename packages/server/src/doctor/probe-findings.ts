/**
 * From what was seen when asking to findings: one for each check and subject, so that nothing is told twice. A rung that was
 * not reached is unknown for every check that it would have answered. Asks nobody.
 */
import { type CheckCode, checkOf } from '../core/doctor/checks.ts'
import type { Finding } from '../core/doctor/finding.ts'
import type { ProbeReport } from './probes/report.ts'
import type { Dependent, Probing } from './probing.ts'

/** What a rung answers beside its own check where it holds, or leaves open where it was not reached. */
const alsoAnswers: Readonly<Record<string, readonly CheckCode[]>> = {
  connect: ['DB01', 'DB07', 'NET02'],
  mode: ['DB04'],
}

export interface ProbeFindings {
  findings: Finding[]
  choice: readonly string[] | null
}

export function findingsOf(reports: readonly ProbeReport[], probing: Probing): ProbeFindings {
  const told = reports.find(({ rung }) => rung === 'choice')
  const choice = told === undefined ? null : told.evidence.split('; ')
  const own = reports.filter(({ target, rung }) => rung !== 'choice' && !target.startsWith('candidate'))
  // A clock that is off is told once, by whoever laid all of them beside each other.
  const judged = own.some(({ target, rung }) => target === 'machine' && rung === 'clock')
    ? own.filter(({ target, rung }) => rung !== 'clock' || target === 'machine')
    : own
  const better = told?.status === 'fail' && / works \(/.test(told.evidence) ? told.remedy : null
  const isOpen = judged.some(
    ({ target, rung, status }) => target === 'database' && rung === 'query' && status === 'pass',
  )
  const wrap: Wrap = { probing, better, isOpen }
  const all = [...judged, ...judged.flatMap(leftOpen)]
  const codes = [...new Set(all.flatMap(codesOf))]
  const unasked = probing.unaskable.map(({ check }) => check)
  // That one part passed says nothing of the part that could not be asked.
  const seen = codes
    .flatMap((code) => findingsOfCode(code, all, wrap))
    .filter(({ check, status }) => status !== 'pass' || !unasked.includes(check))
    .map((finding, _index, every) =>
      isToldBetter(finding, every, probing) ? unaskedAt(probing, finding.check, TOLD_ELSEWHERE) : finding,
    )
  const said = new Set(seen.map(({ check }) => check))
  const rest = [
    ...startOf(judged, seen, probing),
    ...probing.idle.map(({ check, evidence }) => findingAt(probing, check, { status: 'pass', evidence })),
    ...probing.unaskable.map(({ check, evidence }) => unaskedAt(probing, check, evidence)),
  ].filter(({ check }) => !said.has(check))
  return { findings: [...seen, ...rest], choice }
}

const TOLD_ELSEWHERE = 'There is no way out over IPv6; what cannot be reached for it says so.'

/** That this machine has no IPv6 is told by what cannot be reached for it, where that is the case. */
function isToldBetter({ check, subject }: Finding, every: readonly Finding[], { dependents }: Probing): boolean {
  if (check !== 'NET02' || subject !== dependents.machine?.subject) return false
  return every.some((each) => each.status === 'fail' && (each.check === 'DB01' || each.check === 'DB07'))
}

/** A service that waits for what it needs comes up as soon as that is there. */
function startOf(reports: readonly ProbeReport[], seen: readonly Finding[], probing: Probing): Finding[] {
  if (probing.start === null) return []
  const isAsked = reports.some(({ target }) => probing.dependents[target]?.isHard === true)
  const answers = reports.some(({ rung, status }) => rung === 'query' && status === 'pass')
  const hard = Object.values(probing.dependents).flatMap(({ isHard, subject }) => (isHard ? [subject] : []))
  const isDown = seen.some(
    ({ status, severity, subject }) => status === 'fail' && severity === 'critical' && hard.includes(subject),
  )
  return [
    isDown || (isAsked && !answers)
      ? unaskedAt(probing, 'INIT01', 'What it needs at its start is not there, or did not answer.')
      : findingAt(probing, 'INIT01', { status: 'pass', evidence: probing.start }),
  ]
}

interface Wrap {
  probing: Probing
  /** What to set the database's address to, where another one was seen to work. */
  better: string | null
  /** Somebody was let into the database: what is wrong there keeps nobody from working, except a right that is missing. */
  isOpen: boolean
}

function codesOf({ code, rung, status }: ProbeReport): CheckCode[] {
  return status === 'fail' ? [code] : [code, ...(alsoAnswers[rung] ?? [])]
}

/** Where nothing could be reached for one reason, the others were not seen. */
function leftOpen(report: ProbeReport): ProbeReport[] {
  const { rung, status, code } = report
  if (rung !== 'connect' || status !== 'fail' || code === 'NET02') return []
  const open = { ...report, status: 'unknown', evidence: `not asked: ${rung} failed`, remedy: null } as const
  return ['NET01' as const, ...(alsoAnswers[rung] ?? [])]
    .filter((other) => other !== code)
    .map((other) => ({ ...open, code: other, rung: '' }))
}

function findingsOfCode(code: CheckCode, reports: readonly ProbeReport[], wrap: Wrap): Finding[] {
  const { probing } = wrap
  const about = reports.filter((report) => codesOf(report).includes(code))
  const failed = about.filter(({ status }) => status === 'fail')
  if (failed.length > 0) {
    const targets = [...new Set(failed.map(({ target }) => target))]
    return targets.map((target) =>
      failureOf(
        code,
        failed.filter((each) => each.target === target),
        wrap,
      ),
    )
  }
  const open = about.filter(({ status }) => status === 'unknown')
  if (open.length === 0) {
    return [findingAt(probing, code, { status: 'pass', evidence: about.map(sentenceOf).join(' ') })]
  }
  const doubts = open.filter(({ remedy }) => remedy !== null)
  if (doubts.length > 0) {
    return doubts.map((report) =>
      findingAt(probing, code, {
        status: 'unknown',
        subject: dependentOf(report, probing).subject,
        evidence: sentenceOf(report),
        ...(report.remedy !== null && { remedy: report.remedy }),
      }),
    )
  }
  // Of a way that ended, the first word says why; the rungs above it only repeat that.
  const reasons = open.map((report) => `${dependentOf(report, probing).subject}: ${report.evidence}.`)
  return [unaskedAt(probing, code, [...new Set(reasons)].join(' '))]
}

function failureOf(code: CheckCode, reports: readonly ProbeReport[], { probing, better, isOpen }: Wrap): Finding {
  const [first] = reports
  if (first === undefined) throw new Error('unreachable: there is a failure of every target')
  const dependent = dependentOf(first, probing)
  const { severity } = checkOf(code)
  const consequence = consequenceOf(code, dependent, probing)
  const isStopped = dependent.isHard && (first.target !== 'database' || !isOpen || code === 'DB12')
  const isWay = first.target === 'database' && better !== null
  return findingAt(probing, code, {
    subject: dependent.subject,
    evidence: reports.map(sentenceOf).join(' '),
    // What a service cannot do without weighs more than the same fault elsewhere.
    severity: isStopped && severity === 'error' ? 'critical' : severity,
    ...(consequence !== null && { consequence }),
    ...(first.remedy !== null && { remedy: isWay ? named(better, dependent) : first.remedy }),
    ...(isWay && { isProven: true }),
    ...(dependent.capability !== null && { capability: dependent.capability }),
    ...probing.weigh?.(first),
  })
}

function consequenceOf(code: CheckCode, { isHard, capability }: Dependent, { look }: Probing): string | null {
  if (code !== 'NET01' && code !== 'KEY01') return null
  if (isHard) return `${look.service.name} does not work before it is mended.`
  return capability === null ? null : `Not done: ${capability}.`
}

function named(remedy: string, { subject }: Dependent): string {
  return remedy.replace('DATABASE_URL', subject)
}

function dependentOf({ target }: ProbeReport, { dependents }: Probing): Dependent {
  const known = Object.hasOwn(dependents, target) ? dependents[target] : undefined
  return known ?? { subject: target, isHard: false, capability: null }
}

function sentenceOf({ rung, evidence }: ProbeReport): string {
  return `${rung}: ${evidence}${/[.!?…]$/.test(evidence) ? '' : '.'}`
}

function unaskedAt(probing: Probing, check: CheckCode, evidence: string): Finding {
  return { ...findingAt(probing, check, { status: 'unknown', evidence }), isUnasked: true }
}

function findingAt({ look }: Probing, check: CheckCode, more: Partial<Finding>): Finding {
  const { severity, consequence, remedy } = checkOf(check)
  const { service, environment } = look
  return {
    check,
    severity,
    status: 'fail',
    subject: service.name,
    evidence: '',
    consequence,
    remedy,
    service: service.name,
    ...(environment.environment !== null && { environment: environment.environment }),
    ...more,
  }
}
