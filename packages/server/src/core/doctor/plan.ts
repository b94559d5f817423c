/** The steps that mend what was found, in the order in which they help. Names variables and services, never values. */
import type { CheckCode } from './checks.ts'
import { type Finding, orderFindings } from './finding.ts'

export interface PlanStep {
  what: string
  why: string
  check: CheckCode | null
  service: string | null
}

export interface Plan {
  environment: string | null
  steps: PlanStep[]
}

/** `environment`: of which the findings are to be mended; null for all. `command`: what asks the doctor again. */
export function planFor(findings: readonly Finding[], environment: string | null, command = 'becket doctor'): Plan {
  const open = orderFindings(findings).filter(
    (finding) =>
      finding.status !== 'pass' &&
      finding.isUnasked !== true &&
      (environment === null || finding.environment === undefined || finding.environment === environment),
  )
  const steps: PlanStep[] = []
  for (const { remedy, evidence, check, service } of open) {
    const same = steps.find(({ what }) => what === remedy)
    if (same === undefined) steps.push({ what: remedy, why: evidence, check, service: service ?? null })
    else same.why = `${same.why} ${evidence}`
  }
  const services = [...new Set(steps.flatMap(({ service }) => (service === null ? [] : [service])))]
  const last = services.flatMap((service): PlanStep[] => [
    { what: `Start ${service} again.`, why: 'It reads its environment when it starts.', check: null, service },
    {
      what: `${command} --service ${service}`,
      why: 'Run where the service runs, it proves that nothing is left.',
      check: null,
      service,
    },
  ])
  return { environment, steps: [...steps, ...last] }
}
