/** `becket findings`: what the doctor found on the running system, and having it look again. */
import { type DoctorRun, type DoctorStep, type Finding, findingQuerySchema } from '@becket/client'
import { formatDuration } from '../core/duration.ts'
import { changeInWords } from './changes.ts'
import { type ExitCode, exitCodes } from './exit-code.ts'
import { type Cell, type Output, stateCell } from './output.ts'
import { readFilter, type Session, sayMore } from './remote.ts'

/** Without a filter: what is open. */
export async function listFindings(session: Session, flags: Record<string, unknown>): Promise<ExitCode> {
  const filter = readFilter(findingQuerySchema, { status: 'fail,unknown', ...defined(flags) })
  const page = await session.becket.findings.list(filter)
  session.show(page, () => {
    const { output } = session
    if (page.items.length === 0) {
      output.line('No such findings. What nobody examined is not here: becket findings run')
      return
    }
    output.table(
      ['finding', 'check', 'severity', 'status', 'subject', 'service', 'since', 'seen', 'times', 'what'],
      page.items.map((each) => [
        each.id,
        each.check,
        severityCell(each),
        stateCell(each.status),
        each.subject,
        each.service,
        output.when(each.firstSeen),
        output.when(each.resolvedAt ?? each.lastSeen),
        String(each.times),
        each.title,
      ]),
    )
    sayMore(session, page.nextCursor)
  })
  return exitCodes.ok
}

export async function showFinding(session: Session, id: string): Promise<ExitCode> {
  const finding = await session.becket.findings.get(id)
  session.show(finding, () => printFinding(session.output, finding))
  return exitCodes.ok
}

/** 0 only when nothing was found to be wrong. */
export async function runFindings(
  session: Session,
  { document, timeout }: { document?: boolean; timeout?: number },
): Promise<ExitCode> {
  const run = await examined(session, { document: document === true }, timeout ?? EXAMINED_WITHIN_MS)
  session.show(run, () => {
    for (const step of run.steps) session.output.line(stepLine(session.output, step))
    session.output.line()
    session.output.line(inWords(run))
  })
  return run.state === 'done' && run.failed === 0 ? exitCodes.ok : exitCodes.failed
}

// 2 min: a document through parsing and embedding.
const EXAMINED_WITHIN_MS = 120_000
const LOOK_EVERY_MS = 250

/** The run at its end, or as it is when the time is over. */
export async function examined(
  { becket, io }: Pick<Session, 'becket' | 'io'>,
  request: { document: boolean },
  withinMs: number,
): Promise<DoctorRun> {
  let run = await becket.findings.run(request)
  const untilMs = io.now() + withinMs
  while (run.state === 'running' && io.now() < untilMs) {
    await new Promise<void>((resolve) => io.after(LOOK_EVERY_MS, resolve))
    run = await becket.findings.getRun(run.id)
  }
  return run
}

export function stepLine({ paint }: Output, { name, status, tookMs, detail }: DoctorStep): string {
  const mark =
    status === 'pass' ? paint('good', 'ok     ') : paint(status === 'fail' ? 'bad' : 'notable', status.padEnd(7))
  return `${mark} ${name.padEnd(10)} ${formatDuration(tookMs).padStart(7)}  ${detail}`
}

function inWords({ state, passed, failed, unknown, error }: DoctorRun): string {
  if (state === 'running') return 'It is not at its end yet: becket findings list shows what it finds.'
  if (state === 'failed') return `It did not come to its end: ${error ?? 'nobody knows why'}.`
  return `${failed} failed, ${unknown} unknown, ${passed} passed. becket findings list shows what is open.`
}

function printFinding(output: Output, finding: Finding): void {
  const { resolvedAfter } = finding
  output.facts([
    ['finding', finding.id],
    ['check', `${finding.check} ${finding.title}`],
    ['status', stateCell(finding.status)],
    ['severity', severityCell(finding)],
    ['subject', finding.subject],
    ['service', finding.service],
    ['environment', finding.environment],
    ['evidence', finding.evidence],
    ['consequence', finding.consequence],
    ['remedy', finding.remedy],
    ['concerns', finding.capability],
    ['first seen', output.when(finding.firstSeen)],
    ['last seen', `${output.when(finding.lastSeen)}, ${finding.times}×`],
    ['resolved', output.when(finding.resolvedAt)],
    ['after', resolvedAfter === null ? null : changeInWords(resolvedAfter)],
  ])
}

function severityCell({ severity }: Finding): Cell {
  if (severity === 'info') return { text: severity }
  return { text: severity, tone: severity === 'warning' ? 'notable' : 'bad' }
}

function defined(flags: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
}
