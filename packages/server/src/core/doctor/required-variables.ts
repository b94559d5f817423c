/** ENV01: what a service cannot do without, and does not have. */
import { conclude, placeOf, type Remark } from './conclusion.ts'
import type { Finding } from './finding.ts'
import { expectedOfRule, ruleOf, type VariableRule } from './manifest.ts'
import { meantName } from './meant-name.ts'
import { type Look, readVariable, unseenOf, unsetNames } from './service-environment.ts'

export function checkRequired(look: Look): Finding[] {
  const remarks = look.service.variables.flatMap((rule): Remark[] => {
    if (rule.need === 'optional') return []
    const reading = readVariable(look.environment, rule)
    return reading.kind === 'absent' ? [missing(look, rule, reading.blankAt)] : []
  })
  return conclude(look, 'ENV01', { remarks, unseen: unseenOf(look, ({ need }) => need !== 'optional') })
}

function missing(look: Look, rule: VariableRule, blankAt: string | null): Remark {
  const { name, need, capability } = rule
  const near = nearName(look, name)
  const also = rule.aliases.length > 0 ? `, nor is ${rule.aliases.join(' or ')}` : ''
  const seen = blankAt === null ? `${name} is not set${also}.` : `${name} is blank (${blankAt}).`
  const other = near === null ? '' : ` ${near.name} is set (${near.origin}), and nobody reads that.`
  return {
    subject: name,
    evidence: `${seen}${other}`,
    // Who starts without a part of the work is better off than who does not start.
    severity: need === 'hard' ? 'critical' : 'error',
    consequence: consequenceOf(look.service.name, rule),
    remedy:
      near === null
        ? `Set ${name} on ${placeOf(look)}: ${expectedOfRule(rule)}.`
        : `Rename ${near.name} to ${name} on ${placeOf(look)}.`,
    ...(capability !== null && { capability }),
  }
}

function consequenceOf(service: string, { need, capability }: VariableRule): string {
  if (need === 'hard') return `${service} does not start.`
  return capability === null ? `${service} starts, and does only a part of its work.` : `Not done: ${capability}.`
}

function nearName({ service, environment }: Look, wanted: string): { name: string; origin: string } | null {
  const strangers = [...environment.settings.keys()].filter(
    (name) => ruleOf(service, name) === undefined && !Object.hasOwn(service.unread, name),
  )
  // Asked from the stranger's side, so that both sides give one answer.
  const name = strangers.find((stranger) => meantName(stranger, unsetNames({ service, environment })) === wanted)
  const setting = name === undefined ? undefined : environment.settings.get(name)
  return name === undefined || setting === undefined ? null : { name, origin: setting.origin }
}
