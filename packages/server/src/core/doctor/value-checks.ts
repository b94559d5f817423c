/** ENV02, ENV03, ENV04, ENV11 and KEY03: what the text of single values tells. No value leaves this file. */
import { conclude, placeOf, type Remark } from './conclusion.ts'
import type { Finding } from './finding.ts'
import { bytesOf, expectedOf, hasFormat } from './format.ts'
import { expectedOfRule } from './manifest.ts'
import { environmentOf, type Look, tidy, unseenOf, valuesOf } from './service-environment.ts'

// Whole words of examples, and the shapes that documentation uses for "put yours here".
const PLACEHOLDERS = [
  /^(change[-_ ]?(me|it|this)|replace[-_ ]?(me|it|this)|todo|tbd|fixme|placeholder|dummy|none|null|undefined|secret|password|example|foo|bar|test)$/i,
  /^your[-_ ]/i,
  /\b(change[-_]?me|your[-_][a-z0-9_-]+|placeholder)\b/i,
  /^<[^<>]*>$/,
  // `[your password]`, yet no list of values.
  /^\[[A-Za-z][A-Za-z _-]*\]$/,
  /^(x{3,}|\*{3,}|\.{3,}|-{3,})$/i,
  /:\/\/([^/?#]*@)?([a-z0-9-]+\.)*(example\.(com|org|net)|[a-z0-9-]+\.example)(?=[:/?#]|$)/i,
  /\[YOUR-PASSWORD\]/i,
]

export function isPlaceholder(value: string): boolean {
  return PLACEHOLDERS.some((pattern) => pattern.test(value))
}

export function checkPlaceholders(look: Look): Finding[] {
  const remarks = valuesOf(look).flatMap(({ rule, name, value, origin }): Remark[] => {
    // What the manifest allows by name is meant, whatever it looks like.
    const isMeant = rule.means === 'environment' || (rule.format.kind === 'choice' && hasFormat(rule.format, value))
    if (isMeant || !isPlaceholder(value)) return []
    return [
      {
        subject: name,
        evidence: `${name} holds the text of an example (${origin}).`,
        remedy: `Set ${name} on ${placeOf(look)} to its real value: ${expectedOfRule(rule)}.`,
        ...(rule.capability !== null && { capability: rule.capability }),
      },
    ]
  })
  return conclude(look, 'ENV02', { remarks, unseen: unseenOf(look) })
}

export function checkForms(look: Look): Finding[] {
  const remarks = valuesOf(look).flatMap(({ rule, name, value, origin }): Remark[] => {
    // The length of keys, and what callbacks need, are checks of their own.
    const isJudgedElsewhere = rule.format.kind === 'key' || rule.means === 'callback'
    if (isJudgedElsewhere || isPlaceholder(value) || hasFormat(rule.format, value)) return []
    const expected = expectedOf(rule.format)
    return [
      {
        subject: name,
        evidence: `${name} is not ${expected} (${origin}).`,
        remedy: `Write ${name} on ${placeOf(look)} as ${expected}.`,
        ...(rule.capability !== null && { capability: rule.capability }),
      },
    ]
  })
  return conclude(look, 'ENV03', { remarks, unseen: unseenOf(look, ({ format }) => format.kind !== 'text') })
}

export function checkCleanliness(look: Look): Finding[] {
  const remarks = [...look.environment.settings].flatMap(([name, setting]): Remark[] => {
    if (setting.kind !== 'set' || !look.service.variables.some((rule) => [rule.name, ...rule.aliases].includes(name))) {
      return []
    }
    const what = dirtOf(setting.value)
    if (what === null) return []
    return [
      {
        subject: name,
        evidence: `${name} has ${what} (${setting.origin}).`,
        remedy: `Write ${name} on ${placeOf(look)} without ${what}.`,
      },
    ]
  })
  return conclude(look, 'ENV04', { remarks, unseen: unseenOf(look) })
}

/** What does not belong to a value, in words; null where it is clean. */
function dirtOf(value: string): string | null {
  if (value.trim() === '') return null
  if (value.includes('\ufeff')) return 'a byte order mark'
  if (value.includes('\r')) return 'a carriage return'
  if (/[\u00a0\u200b-\u200d\u2060]/.test(value)) return 'an invisible character'
  if (value !== value.trim()) return 'a blank or a line break around it'
  return /^["']|["']$/.test(value) || tidy(value) !== value ? 'quotes that are part of it' : null
}

export function checkProductionOnly(look: Look): Finding[] {
  const environment = environmentOf(look)
  const ruled = look.service.variables.filter(({ inProduction }) => inProduction !== null)
  if (environment !== 'production') {
    const unclear = environment === null && ruled.length > 0 ? ['which environment this is'] : []
    return conclude(look, 'ENV11', { remarks: [], unseen: unclear })
  }
  const remarks = valuesOf(look).flatMap(({ rule, name, value, origin }): Remark[] => {
    if (rule.inProduction === null || rule.inProduction.some((word) => word.toLowerCase() === value.toLowerCase())) {
      return []
    }
    const allowed = rule.inProduction.join(' or ')
    return [
      {
        subject: name,
        evidence: `${name} is set to something that production does not allow (${origin}).`,
        remedy: `Remove ${name} from ${placeOf(look)}, or set it to ${allowed}.`,
      },
    ]
  })
  return conclude(look, 'ENV11', { remarks, unseen: unseenOf(look, ({ inProduction }) => inProduction !== null) })
}

export function checkKeyLengths(look: Look): Finding[] {
  const remarks = valuesOf(look).flatMap(({ rule, name, value, origin }): Remark[] => {
    if (rule.format.kind !== 'key' || isPlaceholder(value) || hasFormat(rule.format, value)) return []
    const bytes = bytesOf(value)
    const found = bytes === null ? 'neither base64 nor hexadecimal' : `${bytes} bytes`
    return [
      {
        subject: name,
        evidence: `${name} is ${found}, not ${rule.format.bytes} bytes (${origin}).`,
        ...(rule.capability !== null && { capability: rule.capability }),
      },
    ]
  })
  return conclude(look, 'KEY03', { remarks, unseen: unseenOf(look, ({ format }) => format.kind === 'key') })
}
