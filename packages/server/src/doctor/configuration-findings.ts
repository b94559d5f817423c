/** What is wrong with Becket's configuration as a whole, as findings: one for each problem that `becket config` would tell. */
import { formatProblem, type Problem } from '../config/problem.ts'
import type { Finding } from '../core/doctor/finding.ts'
import type { Look } from '../core/doctor/service-environment.ts'

export function configurationFindings(problems: readonly Problem[], { service, environment }: Look): Finding[] {
  return problems.map((problem): Finding => {
    const { origin, where } = problem
    return {
      check: 'ENV03',
      // Nothing starts with a configuration that is refused.
      severity: 'critical',
      status: 'fail',
      subject: origin?.kind === 'env' ? origin.name : where,
      evidence: `${formatProblem(problem)}.`,
      consequence: `${service.name} does not start.`,
      remedy: `Mend ${where} in the configuration; becket config shows when it is right.`,
      service: service.name,
      ...(environment.environment !== null && { environment: environment.environment }),
    }
  })
}

/** Without those that were told already by the variable that they come from. */
export function withoutTold(problems: readonly Finding[], told: readonly Finding[]): Finding[] {
  const names = told.filter(({ status }) => status === 'fail').map(({ subject }) => subject)
  return problems.filter(({ subject, evidence }) => !names.some((name) => name === subject || hasWord(evidence, name)))
}

function hasWord(text: string, word: string): boolean {
  return text.split(/[^A-Za-z0-9_]+/).includes(word)
}
