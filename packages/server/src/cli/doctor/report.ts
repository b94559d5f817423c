/** Findings and plans as somebody tired reads them: the worst first, each with what to do. Decides nothing. */
import { checkOf } from '../../core/doctor/checks.ts'
import { type Finding, healthOf, isOthersToAsk, severities } from '../../core/doctor/finding.ts'
import type { Plan } from '../../core/doctor/plan.ts'
import { type Tone, wrap } from '../demo/terminal-text.ts'
import { type ExitCode, exitCodes } from '../exit-code.ts'
import type { CliIo } from '../io.ts'
import type { Output } from '../output.ts'

// Wide enough for a sentence, narrow enough for half a screen.
const WIDTH = 100
const INDENT = '         '

const OTHERS = 'Not for this command: becket doctor compare lays environments beside each other.'

const tones: Record<Finding['severity'], Tone> = { critical: 'bad', error: 'bad', warning: 'notable', info: 'faint' }

/** 2 for errors is the doctor's own; elsewhere it says that a command was not understood. */
export function codeOf(findings: readonly Finding[]): ExitCode {
  const health = healthOf(findings)
  return health === 'fine' ? exitCodes.ok : health === 'warnings' ? 1 : 2
}

/** `examined`: what was looked at; null where that was told already. */
export function printFindings(
  output: Output,
  findings: readonly Finding[],
  examined: readonly string[] | null,
  tookMs: number | null = null,
): void {
  if (examined !== null) output.line(`Examined: ${examined.join('; ')}.\n`)
  const told = findings.filter(({ status, isUnasked }) => status !== 'pass' && isUnasked !== true)
  for (const finding of told) printFinding(output, finding)
  printUnasked(output, findings)
  const counts = severities.flatMap((severity) => {
    const count = told.filter((each) => each.status === 'fail' && each.severity === severity).length
    return count === 0 ? [] : [`${count} ${severity}`]
  })
  const unknown = told.filter(({ status }) => status === 'unknown').length
  const passed = new Set(findings.filter(({ status }) => status === 'pass').map(({ check }) => check)).size
  if (unknown > 0) counts.push(`${unknown} in doubt`)
  const sum = counts.length === 0 ? 'Nothing wrong was found' : counts.join(', ')
  output.line(
    `${output.paint('strong', sum)}; ${passed} ${passed === 1 ? 'check' : 'checks'} passed${tookMs === null ? '' : `, in ${(tookMs / 1000).toFixed(1)} s`}.`,
  )
}

function printFinding({ line, paint }: Output, finding: Finding): void {
  const { check, severity, status, subject, service, environment } = finding
  const mark = status === 'unknown' ? 'in doubt' : severity
  const where = [service, environment].filter((part) => part !== undefined).join(', ')
  const head = `${paint(tones[severity], mark.padEnd(8))} ${paint('strong', subject)}${where === '' || where === subject ? '' : `  ${where}`}  ${paint('faint', check)}`
  line(head)
  for (const text of [checkOf(check).title === finding.evidence ? null : finding.evidence, finding.consequence]) {
    if (text !== null) for (const part of wrap(text, WIDTH - INDENT.length)) line(`${INDENT}${part}`)
  }
  for (const [index, part] of wrap(finding.remedy, WIDTH - INDENT.length - 3).entries()) {
    line(`${INDENT}${index === 0 ? paint('good', '→') : ' '} ${part}`)
  }
  line()
}

/** What nobody could ask, in as few lines as can be: it is no finding, and no health either. */
function printUnasked({ line, paint }: Output, findings: readonly Finding[]): void {
  const reasons = new Map<string, Set<string>>()
  const isAlone = findings.some(({ isUnasked }) => isUnasked !== true)
  for (const finding of findings) {
    if (finding.isUnasked !== true) continue
    const reason = isAlone && isOthersToAsk(finding) ? OTHERS : finding.evidence
    reasons.set(reason, (reasons.get(reason) ?? new Set()).add(finding.check))
  }
  if (reasons.size === 0) return
  line(paint('notable', 'Unknown:'))
  // What others ask comes last: it is the same every time.
  const sorted = [...reasons].sort(([one], [other]) => Number(one === OTHERS) - Number(other === OTHERS))
  for (const [reason, codes] of sorted) {
    for (const [index, part] of wrap(`${[...codes].join(' ')}: ${reason}`, WIDTH - 4).entries()) {
      line(`${index === 0 ? '  ' : '    '}${part}`)
    }
  }
  line()
}

/** One line for each that was asked, while the others are still being asked. */
export function printAnswered({ err }: Pick<CliIo, 'err'>, target: string, tookMs: number): void {
  err(`asked ${target} (${tookMs} ms)`)
}

/** Where several addresses of a database were tried. */
export function printChoice({ line, paint }: Output, choice: readonly string[]): void {
  line()
  line(paint('strong', 'Addresses of the database, tried from here:'))
  for (const each of choice) line(`  ${each}`)
}

export function printPlan({ line, paint }: Output, { environment, steps }: Plan): void {
  if (steps.length === 0) {
    line('Nothing is left to mend that could be found here.')
    return
  }
  line(environment === null ? 'In this order:' : `In this order, for ${environment}:`)
  line()
  for (const [index, { what, why, check }] of steps.entries()) {
    const number = `${index + 1}.`.padStart(3)
    for (const [at, part] of wrap(what, WIDTH - 4).entries()) line(`${at === 0 ? number : '   '} ${part}`)
    for (const part of wrap(check === null ? why : `${check}: ${why}`, WIDTH - 4)) line(paint('faint', `    ${part}`))
  }
}
